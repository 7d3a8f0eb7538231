"""Ids and times of the driver for CockroachDB are converted from their text once."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from movr.database import values

UUIDS: Any
TIMES: Any
UUIDS, TIMES = values._TYPES


def test_id_is_what_it_was_before():
    found = uuid4()
    assert UUIDS(str(found), None) == found
    assert type(UUIDS(str(found), None)) is UUID
    assert UUIDS(str(found), None) is UUIDS(str(found), None)
    assert UUIDS(None, None) is None


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("2026-11-19 11:00:44+00", 0),
        ("2026-11-19 11:00:44+00:00", 0),
        ("2026-11-19 11:00:44.5+00", 500_000),
        ("2026-11-19 11:00:44.123456+00:00", 123_456),
        ("2026-11-19 06:00:44-05", 0),
        ("2026-11-19 16:30:44.12+05:30", 120_000),
    ],
)
def test_time_is_understood_in_whatever_zone_and_precision(text: str, fraction: int):
    found = TIMES(text, None)
    assert found == datetime(2026, 11, 19, 11, 0, 44, fraction, tzinfo=UTC)
    assert TIMES(text, None) is found
    assert TIMES(None, None) is None
