"""Any sequence of MovR's methods answers and changes what a small model in plain Python does.

What fails is made as short as possible and printed as the steps that lead to it.
"""

import inspect
from functools import cache
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from werkzeug.security import generate_password_hash

from movr import MovR
from movr.accounts import queries as account_queries
from movr.rides import queries as ride_queries
from movr.vehicles import history_queries
from movr.vehicles import queries as vehicle_queries
from tests.database import model_machine
from tests.database.backends import COCKROACHDB, REHEARSED, STANDIN, Backend
from tests.database.model_comparison import NOON, PAGE_SIZE
from tests.database.model_draws import PASSWORDS
from tests.database.model_machine import MovRMachine
from tests.database.model_rows import Fate

STEPS: Final = 40
EXAMPLES: Final = {REHEARSED: 30, STANDIN: 20, COCKROACHDB: 20}


@pytest.fixture
def fate(monkeypatch: pytest.MonkeyPatch) -> Fate:
    """The clock and the ids of every MovR, in the hands of the test."""
    fate = Fate(NOON, new_id=UUID(int=0))
    monkeypatch.setattr("movr.clock.now", lambda: fate.now)
    monkeypatch.setattr("movr.numbers.new_numbers", lambda: fate.new_numbers)
    monkeypatch.setattr("movr.vehicles.methods.uuid4", lambda: fate.new_id)
    monkeypatch.setattr("movr.rides.methods.uuid4", lambda: fate.new_id)
    monkeypatch.setattr("movr.problems.methods.uuid4", lambda: fate.new_id)
    monkeypatch.setattr("movr.accounts.methods.new_account_id", lambda *_moment: fate.new_id)
    return fate


@pytest.fixture(scope="module")
def hashes() -> dict[str, str]:
    """Hashes of all passwords that take no time to check."""
    return {password: generate_password_hash(password, "pbkdf2:sha256:1") for password in PASSWORDS}


# It takes seconds; but where it fails, looking for the shortest way to fail takes minutes.
@pytest.mark.timeout(600)
def test_whatever_is_done_movr_does_as_the_model(
    movr: MovR, backend: Backend, fate: Fate, hashes: dict[str, str], monkeypatch
):
    monkeypatch.setattr("movr.passwords.hash_password", hashes.get)
    monkeypatch.setattr("movr.passwords.pretend_to_check", lambda _password: None)
    # Small pages, so that a few rows fill several; no statement of these may outlive the test.
    monkeypatch.setattr("movr.cursors.PAGE_SIZE", PAGE_SIZE)
    for queries, names in (
        (account_queries, ["_users"]),
        (vehicle_queries, ["_vehicles", "_vehicles_of_owner"]),
        (ride_queries, ["_newest_rides"]),
        (history_queries, []),
    ):
        monkeypatch.setattr(queries, "PAGE_SIZE", PAGE_SIZE)
        for name in names:
            monkeypatch.setattr(queries, name, cache(getattr(queries, name).__wrapped__))
    run_state_machine_as_test(
        lambda: MovRMachine(movr, fate, hashes),
        settings=settings(
            max_examples=EXAMPLES[backend.name],
            stateful_step_count=STEPS,
            # The same on every machine and in every run.
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_every_method_for_people_is_among_the_steps_but_for_map_and_mails():
    # What a map reads is compared with all vehicles there are in test_map.py, and who sends mails
    # with whom in test_mails.py. Tokens are random: test_resets.py has what they do. What is asked
    # together is compared with what is asked one by one in test_companions.py.
    source = inspect.getsource(model_machine)
    public = {name for name, _ in inspect.getmembers(MovR, callable) if not name.startswith("_")}
    assert {name for name in public if f'"{name}"' not in source} == {
        "add_sample",
        "ask_reset",
        "ask_to_confirm",
        "asking_for_user",
        "check_schema",
        "claim_mail",
        "create_schema",
        "get_due_mails",
        "get_reset_user",
        "get_vehicles_in_view",
        "get_vehicles_near",
        "has_demo_user",
        "issue_reset",
        "ping",
        "remove_mail",
        "reset_password",
        "upgrade",
        "upgrade_statements",
    }
