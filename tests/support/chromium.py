"""Chromium from the operating system, driven by Playwright, for the browser tests.

Nothing is downloaded, and the browser is kept from contacting any host but this machine.
"""

import importlib.util
import shutil
from typing import TYPE_CHECKING

from tests.support.loopback import HOST

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# The same browser without its windows, a package of its own, takes a third less of the processor.
SHELL = "chromium-headless-shell"

FLAGS = (
    # As root, as in most containers, Chromium refuses to start with its sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The last safeguard: no other name resolves and no other address connects, whatever a page
    # or the browser itself asks for. What ends in .localhost is this machine to every browser.
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}, EXCLUDE *.localhost",
)


def chromium_path() -> str | None:
    """Where the browser is, None when PATH has none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def unavailable_reason() -> str | None:
    """Why no browser test can run here, None when it can."""
    if importlib.util.find_spec("playwright") is None:
        return "the Python package playwright is not installed"
    if chromium_path() is None:
        return "Chromium is not installed (apt install chromium)"
    return None


def launch(playwright: "Playwright", *, whole: bool = False) -> "Browser":
    """A browser that can reach this machine only; the caller closes it.

    A whole one has what belongs to no page as well, such as installing apps.
    """
    path = (None if whole else shutil.which(SHELL)) or chromium_path()
    if path is None:
        raise RuntimeError(f"none of {', '.join(NAMES)} is on PATH")
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))
