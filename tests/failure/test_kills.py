"""The database server is killed ten times while 8 riders ride: nothing is lost, nothing doubled.

What the riders were told is compared with what the server holds at the end, and with what could
have happened at all: for each rider and vehicle there is an order that explains every answer.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.failure.history import Action, faults
from tests.failure.kills import RIDERS, VEHICLES, Outcome, run
from tests.failure.report import lines, report
from tests.failure.spoilers import SPOILERS
from tests.support.postgres_server import PostgresServer
from tests.support.requirements import require

KILLS = 10

# The run has limits of its own; on a busy machine it is the restarts that take their time.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """One run for all of these tests."""
    require(PostgresServer.available())
    return run(KILLS)


def test_every_ride_that_was_answered_is_there_once_and_as_it_was_answered(outcome: Outcome):
    assert outcome.lost == 0
    assert outcome.doubled == 0
    assert outcome.surprises == []


def test_every_answer_is_explained_by_some_order_of_the_calls(outcome: Outcome):
    assert outcome.out_of_order == []


@pytest.mark.parametrize("spoil", SPOILERS)
def test_same_answers_with_one_lie_among_them_are_explained_by_none(outcome: Outcome, spoil):
    assert faults(spoil(outcome.calls)) != []


def test_no_vehicle_and_no_rider_is_stuck(outcome: Outcome):
    assert outcome.broken_rules == []


def test_enough_happened_for_this_to_mean_something(outcome: Outcome):
    assert len(outcome.outages) == KILLS
    assert outcome.starts_answered > 200
    assert outcome.ends_answered > 200 - RIDERS
    assert outcome.sent_again > KILLS
    assert all(outage.forms_under_way > 0 for outage in outcome.outages)
    looks = [call for call in outcome.calls if call.action is Action.LOOK]
    assert sum(call.vehicle is not None for call in looks) > 20 * VEHICLES
    assert sum(call.rider is not None for call in looks) > 20


def test_all_that_was_tried_was_answered_in_the_end(outcome: Outcome):
    assert outcome.starts_tried == outcome.starts_answered + outcome.starts_refused
    assert outcome.ends_tried == outcome.ends_answered


def test_pages_say_try_again_and_the_process_is_healthy_but_not_ready(outcome: Outcome):
    for outage in outcome.outages:
        assert outage.pages_that_said_try_again == outage.pages_asked > 0
        assert set(outage.healthz) == {200}
        assert set(outage.readyz) == {503}


def test_pages_come_back_by_themselves(outcome: Outcome):
    # A run in which they do not, within seconds, ends in an error.
    assert outcome.same_workers
    assert [outage.recovered for outage in outcome.outages] == [True] * KILLS


def test_report_says_all_of_it_and_is_kept(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said = dict(lines(outcome))
    assert said["kills of the database server"] == str(KILLS)
    assert said["starts that succeeded"] == str(outcome.starts_answered)
    assert said["ends that succeeded"] == str(outcome.ends_answered)
    assert (said["lost"], said["doubled"]) == ("0", "0")
    monkeypatch.setattr("bench.measure.RESULTS", tmp_path)
    monkeypatch.setattr("tests.failure.report.run", lambda _kills, _progress: outcome)
    assert CliRunner().invoke(report).exit_code == 0
    kept = (tmp_path / "failures.md").read_text()
    assert "\n- Command: `make failures`\n" in kept
    rows = {
        tuple(map(str.strip, line.split("|")[1:-1])) for line in kept.split("\n") if "|" in line
    }
    assert rows >= set(said.items())
