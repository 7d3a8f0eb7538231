"""The two screens that tests look at, and how they open a page on one of them."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.browser.watch import Watch

SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "desk": {"viewport": {"width": 1280, "height": 800}},
}

NewContext = Callable[..., tuple[BrowserContext, Watch]]
OpenPage = Callable[..., Page]
