"""What browsers say of themselves, and what riders read of it."""

import pytest

from movr.rules import Lengths
from web.browsers import _BROWSERS, _SYSTEMS, browser_named

pytestmark = pytest.mark.usefixtures("page")

_KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Firefox on Linux",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {_KHTML} Chrome/131.0 Safari/537.36", "Chrome on Windows"),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {_KHTML} Chrome/131.0 Safari/537.36 Edg/131.0",
            "Edge on Windows",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14) {_KHTML} SamsungBrowser/27.0 Chrome/125 Safari",
            "Samsung Internet on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
            " (KHTML, like Gecko) CriOS/131.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_KHTML} Chrome/131.0 Safari/537.36"
            " OPR/116.0",
            "Opera on Mac",
        ),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
        ("x" * 100_000 + " Firefox/133.0", "Unknown browser"),
    ],
)
def test_browser_is_named_in_words(user_agent, name):
    assert browser_named(user_agent) == name


def test_every_name_fits_its_place():
    names = [f"{browser} on {system}" for browser in _BROWSERS for system in _SYSTEMS]
    assert max(map(len, names)) <= Lengths.BROWSER
