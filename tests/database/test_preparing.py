"""Reads are prepared, and still return their rows when the server has forgotten or changed some."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    Connection,
    Float,
    Integer,
    Select,
    String,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError

from movr import MovR
from movr.database.batching import BatchingConnection
from movr.database.preparing import NEVER_PREPARED
from movr.database.reading import rows
from movr.home_actions import actions
from movr.home_scenes import cast_of
from movr.records import Point
from tests.database.backends import Backend, connect, on_each_server
from tests.database.catalogue import run
from tests.database.conftest import MakeMovR
from tests.database.wire import messages

pytestmark = on_each_server

THINGS = table("things", column("number", Integer), column("name", String))
NAMES = select(THINGS.c.name).where(THINGS.c.number == bindparam("number"))
ONE = {"number": 1}
ONE_THING = "INSERT INTO things VALUES (1, 'one')"


@pytest.fixture
def new(make_movr: MakeMovR) -> MovR:
    """A MovR whose connections have not read yet."""
    movr = make_movr()
    connect(movr)
    return movr


@pytest.fixture
def reader(movr: MovR, new: MovR) -> Iterator[Connection]:
    """A connection that has not read yet, to a database with one thing more."""
    run(movr, "CREATE TABLE things (number SMALLINT, name VARCHAR(8))", ONE_THING)
    with new._home.reading.connect() as connection:
        yield connection
    run(movr, "DROP TABLE things")


def words_of(sent: list[str]) -> list[str]:
    """How each message begins."""
    return [message.split()[0] for message in sent]


def read_and_look(
    reader: Connection, statement: Select[Any] = NAMES, values: Any = ONE
) -> tuple[list[Any], list[str]]:
    """The rows, and how the messages for them begin."""
    with messages(str) as sent:
        found = rows(reader, statement, values)
    return found, words_of(sent)


# The cast is made up, so nothing is found.
READS = {
    action.name: action
    for action in actions(cast_of("new york"))
    if action.callback.__module__.endswith("queries") or action.part_of == "asking_for_user"
}
AS_THEY_ARE = {
    # With IN, whose text differs.
    *("authenticate at home", "ask_reset at home", "get_due_mails", "get_problems_of_owner"),
    *("get_ride_totals", "asking_for_user with get_ride_totals"),
    # Of several cities.
    *("get_rides", "asking_for_user with get_rides"),
    # Whose plan differs with the number of vehicles.
    *("get_vehicles_in_view", "get_vehicles_near", "asking_for_user with get_vehicles_near"),
}


@pytest.mark.parametrize("read", sorted(READS.keys() - AS_THEY_ARE))
def test_read_is_prepared_with_its_first_message_and_then_executed(new: MovR, read: str):
    with new._home.reading.connect() as reader, messages(str) as sent:
        for _ in range(3):
            READS[read].act(reader)
    assert words_of(sent) == ["PREPARE", "EXECUTE", "EXECUTE"]


@pytest.mark.parametrize("read", sorted(AS_THEY_ARE))
def test_read_whose_text_or_plan_differs_is_sent_as_it_is(new: MovR, read: str):
    with new._home.reading.connect() as reader, messages(str) as sent:
        for _ in range(2):
            READS[read].act(reader)
    assert set(words_of(sent)) <= {"SELECT", "WITH"}


def test_rides_in_the_home_city_are_prepared_with_the_rider(new: MovR):
    rider = {"city": "rome", "user_id": uuid4()}
    with messages(str) as sent:
        for _ in range(2):
            along, _look_up = new.asking_for_user(**rider)
            along.get_rides(cities=["rome"], rider_city="rome", rider_id=rider["user_id"])
    assert words_of(sent) == ["PREPARE", "EXECUTE"]


def test_past_is_read_without_preparing(movr: MovR):
    with messages(str) as sent:
        movr.get_vehicles_near(city="rome", point=Point(41.9, 12.5), from_afar=True)
    assert words_of(sent) == ["SELECT"]


def test_rows_are_those_of_the_read_as_it_is(reader: Connection):
    statement = select(
        literal(7),
        literal("7"),
        literal(1.5),
        literal(None, String),
        literal_column("'100%'"),
        bindparam("flag", True),
        THINGS.c.name,
    ).where(THINGS.c.name.like("o%"), THINGS.c.name != bindparam("name"))
    values = {"name": "two; DROP TABLE things"}
    found, words = read_and_look(reader, statement, values)
    as_it_is = statement.execution_options(**NEVER_PREPARED)
    assert (found, ["SELECT"]) == read_and_look(reader, as_it_is, values)
    assert repr(found) == "[(7, '7', 1.5, None, '100%', True, 'one')]"
    assert words == ["PREPARE"]


def test_column_of_another_type_is_read_at_once(movr: MovR, reader: Connection):
    assert read_and_look(reader) == ([("one",)], ["PREPARE"])
    wider = "CREATE TABLE things (number SMALLINT, name VARCHAR(16))"
    run(movr, "DROP TABLE things", wider, ONE_THING)
    assert read_and_look(reader)[0] == [("one",)]
    assert len(read_and_look(reader)[1]) == 1


def test_column_more_changes_nothing(movr: MovR, reader: Connection):
    read_and_look(reader)
    run(movr, "ALTER TABLE things ADD COLUMN colour VARCHAR(8)")
    assert read_and_look(reader) == ([("one",)], ["EXECUTE"])


def test_read_that_the_server_has_forgotten_is_sent_as_it_is(reader: Connection):
    read_and_look(reader)
    with closing(reader.connection.cursor()) as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert read_and_look(reader) == ([("one",)], ["EXECUTE", "SELECT"])
    assert read_and_look(reader) == ([("one",)], ["SELECT"])


def test_read_in_a_transaction_block_is_sent_as_it_is(movr: MovR, reader: Connection):
    read_and_look(reader)
    with movr.engine.connect() as connection:
        rows(connection, NAMES, ONE)
        connection.exec_driver_sql("DEALLOCATE ALL")
        assert read_and_look(connection) == ([("one",)], ["SELECT"])


def test_read_that_somebody_else_has_prepared_is_sent_as_it_is(new: MovR, reader: Connection):
    with messages(str) as sent:
        rows(reader, NAMES, ONE)
    prepare, _, _ = sent[0].partition("; EXECUTE")
    with new._home.reading.connect() as connection:
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(prepare)
        assert read_and_look(connection) == ([("one",)], ["PREPARE", "SELECT"])
        assert read_and_look(connection) == ([("one",)], ["SELECT"])


def test_number_beyond_all_columns_is_no_error_and_costs_others_nothing(reader: Connection):
    read_and_look(reader)
    assert read_and_look(reader, values={"number": 2**40})[0] == []
    assert read_and_look(reader) == ([("one",)], ["EXECUTE"])


def test_parameter_whose_type_nobody_knows_is_sent_as_it_is(reader: Connection):
    statement = NAMES.limit(bindparam("limit"))
    assert read_and_look(reader, statement, {**ONE, "limit": 1}) == ([("one",)], ["SELECT"])


def test_statements_of_one_text_and_two_types_are_two(reader: Connection):
    for type_ in (Integer, String):
        found, words = read_and_look(
            reader, select(bindparam("x", type_=type_)), {"x": type_().python_type(7)}
        )
        assert (repr(found), words) == (repr([(type_().python_type(7),)]), ["PREPARE"])


def test_statement_without_parameters_is_prepared(reader: Connection):
    statement = select(THINGS.c.name)
    assert read_and_look(reader, statement, {}) == ([("one",)], ["PREPARE"])
    assert read_and_look(reader, statement, {}) == ([("one",)], ["EXECUTE"])


def test_read_that_takes_too_long_is_not_tried_again(reader: Connection):
    with closing(reader.connection.cursor()) as cursor:
        cursor.execute("SET statement_timeout = 100")
    statement = select(func.pg_sleep(bindparam("seconds", type_=Float)))
    with messages(str) as sent, pytest.raises(DBAPIError):
        rows(reader, statement, {"seconds": 2})
    assert words_of(sent) == ["PREPARE"]


def test_cockroachdb_plans_for_the_values(make_movr: MakeMovR, backend: Backend, monkeypatch):
    if backend.server is not None:
        monkeypatch.setattr(
            BatchingConnection, "get_parameter_status", {"crdb_version": "v26.1"}.get, raising=False
        )
    reader: Any
    with (
        make_movr()._home.reading.connect() as reader,
        closing(reader.connection.cursor()) as cursor,
    ):
        rows(reader, select(literal(1)), {})
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_custom_plan",)
