"""Names a device on a rider's list of sessions by its browser and system.

It is a hint for the rider, taken from what the browser says about itself; nothing depends on it.
"""

import re
from typing import Final

from web.translation import gettext

# Most browsers also name their ancestors, so the first match counts.
_BROWSERS: Final = {
    "Edge": r"\bEdg(e|A|iOS)?/",
    "Opera": r"\b(OPR|Opera)/",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Firefox": r"\b(Firefox|FxiOS)/",
    "Chrome": r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/",
    "Safari": r"\bSafari/",
}
_SYSTEMS: Final = {
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "Windows": r"\bWindows\b",
    "ChromeOS": r"\bCrOS\b",
    "Mac": r"\bMac OS X\b",
    "Linux": r"\bLinux\b",
}
_LONGEST: Final = 500


def browser_named(user_agent: str) -> str:
    """Return a browser's name, such as "Firefox on Windows"; unknown parts are left out."""
    known = user_agent[:_LONGEST]
    browser = _first(_BROWSERS, known) or gettext("Unknown browser")
    system = _first(_SYSTEMS, known)
    if system is None:
        return browser
    return gettext("%(browser)s on %(system)s", browser=browser, system=system)


def _first(patterns: dict[str, str], text: str) -> str | None:
    return next((name for name, pattern in patterns.items() if re.search(pattern, text)), None)
