"""The text in which CockroachDB sends ids and times means what its driver takes it for."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from movr.database.values import MEANINGS

id_in, time_in = MEANINGS.values()


def test_id_is_the_one_in_the_text():
    found = uuid4()
    assert id_in(str(found)) == found
    assert type(id_in(str(found))) is UUID


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("2026-11-19 11:00:44+00", 0),
        ("2026-11-19 11:00:44+00:00", 0),
        ("2026-11-19 11:00:44.5+00", 500_000),
        ("2026-11-19 11:00:44.123456+00:00", 123_456),
        ("2026-11-19 06:00:44-05", 0),
        ("2026-11-19 16:30:44.12+05:30", 120_000),
        # As in JSON.
        ("2026-11-19T11:00:44Z", 0),
        ("2026-11-19T11:00:44.12Z", 120_000),
        ("2026-11-19T11:00:44.123456+00:00", 123_456),
    ],
)
def test_time_is_understood_in_whatever_zone_and_precision(text: str, fraction: int):
    assert time_in(text) == datetime(2026, 11, 19, 11, 0, 44, fraction, tzinfo=UTC)


@pytest.mark.parametrize("text", ["infinity", "294277-01-01T23:59:59.999999Z"])
def test_time_without_end_is_the_last_that_python_knows(text: str):
    assert time_in(text) == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["-infinity", "-4714-11-23T00:00:00Z"])
def test_time_without_beginning_is_the_first_that_python_knows(text: str):
    assert time_in(text) == datetime.min.replace(tzinfo=UTC)
