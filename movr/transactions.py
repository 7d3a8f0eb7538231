"""Every write, one callback `*_txn(session, ...)` for each; each is in the room of its subject.

The rules that all callbacks keep are in database/statements.py.
"""

from movr.accounts.session_transactions import (
    begin_session_txn,
    end_session_txn,
    end_sessions_txn,
    note_session_txn,
)
from movr.accounts.transactions import (
    add_user_txn,
    change_password_txn,
    change_user_txn,
    confirm_email_txn,
    issue_reset_txn,
    remove_user_txn,
    reset_password_txn,
)
from movr.mails.transactions import (
    add_mail_txn,
    ask_if_riding_txn,
    claim_mail_txn,
    remove_mail_txn,
)
from movr.problems.transactions import report_problem_txn, resolve_problems_txn
from movr.reservations.transactions import cancel_reservation_txn, reserve_vehicle_txn
from movr.rides.transactions import cancel_ride_txn, end_ride_txn, note_cities_txn, start_ride_txn
from movr.sample import add_sample_txn
from movr.vehicles.transactions import (
    add_vehicle_txn,
    change_vehicle_txn,
    number_vehicles_txn,
    pause_vehicle_txn,
    remove_vehicle_txn,
    resume_vehicle_txn,
)

__all__ = [
    "add_mail_txn",
    "add_sample_txn",
    "add_user_txn",
    "add_vehicle_txn",
    "ask_if_riding_txn",
    "begin_session_txn",
    "cancel_reservation_txn",
    "cancel_ride_txn",
    "change_password_txn",
    "change_user_txn",
    "change_vehicle_txn",
    "claim_mail_txn",
    "confirm_email_txn",
    "end_ride_txn",
    "end_session_txn",
    "end_sessions_txn",
    "issue_reset_txn",
    "note_cities_txn",
    "note_session_txn",
    "number_vehicles_txn",
    "pause_vehicle_txn",
    "remove_mail_txn",
    "remove_user_txn",
    "remove_vehicle_txn",
    "report_problem_txn",
    "reserve_vehicle_txn",
    "reset_password_txn",
    "resolve_problems_txn",
    "resume_vehicle_txn",
    "start_ride_txn",
]
