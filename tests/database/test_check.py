"""Trying every action on a live database: nothing is left of it, no row and no lock."""

import inspect

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup
from sqlalchemy import text

from movr import MovR
from movr.check import Trial, check_cluster, home_region, trials, try_out
from movr.home_actions import LEAVES_HOME, NOT_RIDERS
from tests.database.backends import STANDIN, on_a_file_and_the_standin
from tests.database.wire import messages
from tests.database.world import read_world

EUROPE = "gcp-europe-west1"
TRIALS = trials(EUROPE)

standin_only = pytest.mark.parametrize("backend", [STANDIN], indirect=True, scope="session")


def test_every_method_of_movr_is_tried_or_nothing_that_riders_do():
    public = {name for name, _ in inspect.getmembers(MovR, callable) if not name.startswith("_")}
    tried = {trial.action.method for trial in TRIALS}
    assert public - tried <= NOT_RIDERS
    assert tried <= public
    assert not tried & NOT_RIDERS
    assert LEAVES_HOME.keys() <= public


@standin_only
@pytest.mark.parametrize("trial", TRIALS, ids=[trial.action.name for trial in TRIALS])
def test_action_is_tried_to_its_end_and_leaves_nothing(movr: MovR, vehicle, trial: Trial):
    before = read_world(movr)
    with messages() as sent:
        found = list(try_out(movr, trial))
    assert found
    for step in found:
        # PostgreSQL explains in words of its own.
        assert step.remark == "The plan does not say where."
    # It knows no such setting either.
    assert [sent.pop(0), sent.pop(0)] == ["BEGIN; SET", "ROLLBACK"]
    assert sent.count("EXPLAIN") == len(found)
    # A plain ROLLBACK ends each of them: after a ROLLBACK TO, locks would stay for seconds.
    assert sent.count("ROLLBACK") == len(found) + 1
    assert not any("COMMIT" in message or "ROLLBACK TO" in message for message in sent)
    assert read_world(movr) == before


@standin_only
def test_actions_that_are_refused_are_tried_as_such(movr: MovR):
    statements = {
        trial.action.name: [step.statement.split()[0] for step in try_out(movr, trial)]
        for trial in TRIALS
    }
    assert statements["start_ride"] == ["UPDATE", "UPDATE", "UPDATE", "INSERT"]
    assert statements["start_ride reserved by another rider"] == ["UPDATE", *["SELECT"] * 3]
    assert statements["reserve_vehicle again"] == ["UPDATE", "SELECT", "SELECT"]
    assert statements["start_ride again"] == ["UPDATE", "SELECT"]
    assert statements["start_ride refused"] == ["UPDATE", "SELECT", "SELECT", "SELECT"]
    assert statements["end_ride"] == ["UPDATE", "UPDATE", "UPDATE"]
    assert statements["end_ride again"] == ["UPDATE", "SELECT"]
    assert statements["remove_user refused"] == ["UPDATE", "SELECT", "SELECT"]
    assert statements["add_vehicle again"] == ["UPDATE", "SELECT"]


@standin_only
def test_statement_that_fails_is_said_and_rolled_back(movr: MovR):
    (trial,) = [each for each in TRIALS if each.action.name == "get_vehicle"]
    with movr.engine.begin() as connection:
        connection.execute(text("ALTER TABLE vehicles RENAME COLUMN brand TO make"))
    try:
        (start,) = [each for each in TRIALS if each.action.name == "add_user"]
        assert len(list(try_out(movr, start))) == 1
        # The vehicle itself cannot be made up.
        with pytest.raises(Exception, match="UndefinedColumn"):
            list(try_out(movr, trial))
    finally:
        with movr.engine.begin() as connection:
            connection.execute(text("ALTER TABLE vehicles RENAME COLUMN make TO brand"))
    assert len(list(try_out(movr, trial))) == 1


@on_a_file_and_the_standin
def test_database_without_regions_says_what_does_not_apply(movr: MovR):
    schema, regions = check_cluster(movr)
    assert (schema.verdict, schema.text) == ("ok", "The tables are those of this version.")
    assert regions.verdict == "ok"
    assert "do not apply" in regions.text
    assert home_region(movr) is None


@standin_only
def test_command_prints_a_table_and_fails_where_it_could_not_see(app, monkeypatch):
    monkeypatch.setattr("web.check_db.home_region", lambda _movr: EUROPE)
    group = FlaskGroup(create_app=lambda: app, load_dotenv=False, set_debug_flag=False)
    result = CliRunner().invoke(group, ["check-db"])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "ok     The tables are those of this version."
    assert any(line.split()[:4] == ["start_ride", "UPDATE", "vehicles", "?"] for line in lines)
    assert lines[-1].startswith("Faults: 0. Not seen: ")
