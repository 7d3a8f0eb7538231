"""The commands for operators, on an empty SQLite file."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup
from sqlalchemy import func, inspect, select

from movr import MovR
from movr.models import Base
from movr.regions import CITIES
from tests.support.loopback import HOST, free_port
from web.config import Config

TABLES = ["alembic_version", "mails", "problems", "rides", "users", "vehicles"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app(new_app, config: Config) -> Flask:
    """An application whose database has no tables yet."""
    return new_app(config)


def run(app: Flask, *arguments: str) -> Result:
    """Do what `flask --app server ...` does."""
    group = FlaskGroup(create_app=lambda: app, load_dotenv=False, set_debug_flag=False)
    return CliRunner().invoke(group, list(arguments))


def counts(movr: MovR) -> dict[str, int]:
    with movr.engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def change_tables(movr: MovR, statement: str) -> None:
    with movr.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_init_db_creates_the_tables_and_a_second_time_changes_nothing(app, movr):
    assert inspect(movr.engine).get_table_names() == []
    assert run(app, "init-db").output == "The database is ready.\n"
    assert inspect(movr.engine).get_table_names() == TABLES
    run(app, "seed", "--city", "rome", "--vehicles", "1", "--riders", "1", "--rides", "1")
    before = counts(movr)
    assert run(app, "init-db").exit_code == 0
    assert counts(movr) == before


def test_seed_fills_a_city_to_the_sizes_asked_for(app, movr):
    run(app, "init-db")
    result = run(app, "seed", "--city", "rome", "--vehicles", "13", "--riders", "2", "--rides", "5")
    assert result.exit_code == 0
    # One owner for every dozen vehicles, and one of the two riders is riding.
    assert counts(movr) == {"users": 4, "mails": 0, "vehicles": 13, "rides": 6, "problems": 0}
    assert "Log in as" not in result.output
    assert len(movr.get_vehicles(city="rome").rows) == 13
    assert movr.get_vehicles(city="paris").rows == ()


def test_seed_fills_every_city_and_names_the_account_to_try(app, movr):
    run(app, "init-db")
    result = run(app, "seed", "--vehicles", "2", "--riders", "1", "--rides", "1")
    assert result.exit_code == 0
    assert result.output.endswith("Log in as demo with the password demo-rides.\n")
    assert all(len(movr.get_vehicles(city=city).rows) >= 2 for city in CITIES)
    assert movr.authenticate(username="demo", password="demo-rides", cities=list(CITIES))


def test_seeding_twice_adds_up(app, movr):
    run(app, "init-db")
    arguments = ("seed", "--city", "new york", "--vehicles", "2", "--riders", "2", "--rides", "2")
    run(app, *arguments)
    first = counts(movr)
    assert run(app, *arguments).exit_code == 0
    # The account to try, with its three vehicles and thirty rides, comes once.
    assert counts(movr) == {
        "mails": 0,
        "users": first["users"] + 3,
        "vehicles": first["vehicles"] + 2,
        "rides": first["rides"] + 2,
        "problems": 0,
    }


def test_seed_if_empty_leaves_a_city_with_riders_alone(app, movr):
    run(app, "init-db")
    arguments = ("seed", "--if-empty", "--vehicles", "1", "--riders", "1", "--rides", "1")
    assert run(app, *arguments).exit_code == 0
    before = counts(movr)
    assert before["vehicles"] >= len(CITIES)
    again = run(app, *arguments)
    assert again.exit_code == 0
    assert counts(movr) == before
    assert "Log in as demo" in again.output


def test_seed_if_empty_goes_on_where_it_was_interrupted(app, movr):
    run(app, "init-db")
    sizes = ("--vehicles", "1", "--riders", "1", "--rides", "1")
    run(app, "seed", "--city", "new york", *sizes)
    kept = movr.get_users(city="new york")
    assert run(app, "seed", "--if-empty", *sizes).exit_code == 0
    assert movr.get_users(city="new york") == kept
    assert all(movr.get_users(city=city).rows for city in CITIES)


def test_tables_of_another_version_are_said_to_be_so(app, movr):
    run(app, "init-db")
    change_tables(movr, "ALTER TABLE users RENAME COLUMN ride_count TO rides")
    result = run(app, "init-db")
    assert result.exit_code == 1
    assert "another version of MovR: column ride_count of users is missing" in result.output
    assert "The database is ready." not in result.output


def test_upgrade_db_mends_an_older_database_and_says_what_it_does(app, movr):
    run(app, "init-db")
    change_tables(movr, "DROP INDEX ix_users_list")
    refused = run(app, "init-db")
    assert "index ix_users_list of users is missing" in refused.output
    assert "upgrade-db" in refused.output
    printed = run(app, "upgrade-db", "--sql")
    assert printed.output.startswith("CREATE INDEX IF NOT EXISTS ix_users_list ON users")
    done = run(app, "upgrade-db")
    assert done.output == "Creating ix_users_list, which was missing\nThe database is ready.\n"
    assert run(app, "upgrade-db", "--sql").output == "-- There is nothing to do.\n"


def test_upgrade_db_makes_a_new_database(app, movr):
    assert run(app, "upgrade-db").output.endswith("The database is ready.\n")
    assert inspect(movr.engine).get_table_names() == TABLES


def test_upgrade_db_says_what_it_cannot_mend(app, movr):
    run(app, "init-db")
    change_tables(movr, "ALTER TABLE users RENAME COLUMN ride_count TO rides")
    result = run(app, "upgrade-db")
    assert result.exit_code == 1
    assert "column ride_count of users is missing" in result.output
    assert "The database is ready." not in result.output


def test_upgrade_that_fails_is_said_in_sentences(app, movr):
    change_tables(movr, "CREATE TABLE vehicles (city VARCHAR(32))")
    result = run(app, "upgrade-db")
    assert result.exit_code == 1
    assert "This statement failed:" in result.output
    assert "Traceback" not in result.output


def test_check_db_says_what_could_not_be_compared(app, movr, monkeypatch):
    run(app, "init-db")
    monkeypatch.setattr(MovR, "check_schema", lambda _movr: ("The places are not known.",))
    result = run(app, "check-db")
    assert "?      The places are not known." in result.output
    assert result.exit_code == 1


def test_check_db_says_what_is_wrong_and_what_does_not_apply_to_sqlite(app):
    result = run(app, "check-db")
    assert result.exit_code == 1
    assert (
        "FAULT  The tables are not those of this version: table users is missing" in result.output
    )
    run(app, "init-db")
    result = run(app, "check-db")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "ok     The tables are those of this version."
    assert "nodes, regions, survival goal, leases and homes do not apply" in result.output


def test_seed_refuses_a_city_that_movr_does_not_know(app, movr):
    run(app, "init-db")
    result = run(app, "seed", "--city", "rome", "--city", "gotham")
    assert result.exit_code == 2
    assert "MovR knows these cities: new york, boston, washington dc," in result.output
    assert counts(movr) == {"users": 0, "mails": 0, "vehicles": 0, "rides": 0, "problems": 0}


@pytest.mark.parametrize("option", ["--vehicles", "--riders", "--rides"])
@pytest.mark.parametrize("size", ["-1", "many"])
def test_seed_refuses_a_size_that_is_none(app, movr, option, size):
    run(app, "init-db")
    result = run(app, "seed", "--city", "rome", option, size)
    assert result.exit_code == 2
    assert option in result.output
    assert counts(movr) == {"users": 0, "mails": 0, "vehicles": 0, "rides": 0, "problems": 0}


def test_seed_of_nothing_adds_nothing(app, movr):
    run(app, "init-db")
    sizes = ("--vehicles", "0", "--riders", "0", "--rides", "0")
    assert run(app, "seed", "--city", "rome", *sizes).exit_code == 0
    assert counts(movr) == {"users": 0, "mails": 0, "vehicles": 0, "rides": 0, "problems": 0}


def test_seed_before_init_db_says_what_to_do(app):
    result = run(app, "seed")
    assert result.exit_code == 1
    assert result.output.endswith("has no tables yet (upgrade-db creates them).\n")


@pytest.mark.parametrize("command", ["init-db", "upgrade-db", "seed"])
def test_a_database_that_does_not_answer_is_said_in_a_sentence(new_app, command):
    nowhere = Config(
        SECRET_KEY="a secret for tests, and for nothing else",
        DB_URI=f"cockroachdb://movr@{HOST}:{free_port()}/movr",
        DB_CONNECT_TIMEOUT=2,
    )
    result = run(new_app(nowhere), command)
    assert result.exit_code == 1
    assert "Error: The database does not respond" in result.output
    assert "Traceback" not in result.output


def test_schema_prints_the_file_that_is_checked_in_and_asks_no_database(app, config):
    result = run(app, "schema")
    assert result.output == (ROOT / "dbinit.sql").read_text()
    assert not Path(config.DB_URI.removeprefix("sqlite:///")).exists()


def test_settings_prints_the_example_that_is_checked_in(app):
    result = run(app, "settings")
    assert result.output == (ROOT / ".env.example").read_text()


def test_mails_cannot_be_sent_without_a_server(app):
    run(app, "init-db")
    result = run(app, "send-mail")
    assert result.exit_code == 1
    assert result.output == "Error: There is no MAIL_URI, and so no server to send mails with.\n"
