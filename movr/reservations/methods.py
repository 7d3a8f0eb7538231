"""The methods of MovR for reservations."""

from movr.database import Database
from movr.database.methods import writes_now
from movr.reservations import transactions


class ReservationMethods(Database):
    """What MovR can do with reservations."""

    reserve_vehicle = writes_now(transactions.reserve_vehicle_txn)
    cancel_reservation = writes_now(transactions.cancel_reservation_txn)
