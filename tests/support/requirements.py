"""What to do when a program that some tests need is not installed.

A developer without it skips those tests; CI must have it, so that no test is skipped for ever.
"""

import os

import pytest


def require(reason: str | None) -> None:
    """Skip the running test for this reason, or fail it where CI=true; None means all is there.

    Made for the answers of available() and unavailable_reason(), in fixtures of any scope.
    """
    if reason is None:
        return
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"CI must have what the tests need: {reason}", pytrace=False)
    pytest.skip(reason)
