"""The ids of accounts: what they say, and that they are still ids."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID, uuid4

import pytest

from movr.accounts.ids import new_account_id, opening_time


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 21, 18, 13, 22, 987000, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    ],
)
def test_id_says_to_the_millisecond_when_the_account_was_opened(now):
    account_id = new_account_id(now)
    assert opening_time(account_id) == opening_time(UUID(str(account_id))) == now
    assert (account_id.version, account_id.variant) == (7, RFC_4122)


def test_ids_of_one_moment_differ_and_later_ones_are_greater():
    now = datetime(2026, 11, 21, tzinfo=UTC)
    ids = {new_account_id(now) for _ in range(1000)}
    assert len(ids) == 1000
    assert max(ids) < new_account_id(now + timedelta(milliseconds=1))


def test_example_of_the_standard_is_read():
    # RFC 9562, A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00.
    example = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert opening_time(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_ids_that_are_random_as_a_whole_say_nothing():
    assert opening_time(uuid4()) is None
