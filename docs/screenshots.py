"""Takes the pictures of the README: `python -m docs.screenshots`, in the root of the repository.

Starts the application on demonstration data of its own and looks at it with Chromium.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from movr import MovR
from movr.sample import DEMO_CITY, DEMO_PASSWORD, DEMO_USERNAME, Sizes
from tests.support import chromium
from tests.support.gunicorn_server import GunicornServer
from tests.support.tiles import TileServer

FOLDER = Path(__file__).resolve().parent / "screenshots"
HEIGHTS = {390: 780, 1280: 720}
LARGEST = 150_000


class Shot(NamedTuple):
    """A picture: its name, page, screen width and theme."""

    name: str
    path: str
    width: int
    theme: str = "light"

    @property
    def file(self) -> Path:
        """The path of the picture."""
        suffix = "-dark" if self.theme == "dark" else ""
        return FOLDER / f"{self.name}-{self.width}{suffix}.png"


VISITOR = (Shot("home", "/", 390),)
RIDER = (
    Shot("vehicles", "/vehicles", 390),
    Shot("vehicles", "/vehicles", 1280),
    Shot("share", "/vehicles/add", 390, "dark"),
)
ON_A_RIDE = (Shot("rides", "/rides", 390),)


@contextmanager
def seeded_site() -> Iterator[str]:
    """Serve demonstration data; yields the URL."""
    with tempfile.TemporaryDirectory() as folder, TileServer() as tiles:
        db_uri = f"sqlite:///{folder}/movr.db"
        movr = MovR(db_uri)
        movr.create_schema()
        for _ in movr.add_sample(DEMO_CITY, Sizes()):
            pass
        movr.engine.dispose()
        settings = {"DEBUG": "True", "DB_URI": db_uri, "TILE_URL": tiles.url}
        with GunicornServer(settings) as server:
            yield server.url


def take(page: Page, shot: Shot) -> None:
    """Take one picture."""
    page.set_viewport_size({"width": shot.width, "height": HEIGHTS[shot.width]})
    page.emulate_media(color_scheme="dark" if shot.theme == "dark" else "light")
    page.goto(shot.path)
    # Maps come after the page.
    page.wait_for_load_state("networkidle")
    page.screenshot(path=shot.file)
    if shot.file.stat().st_size > LARGEST:
        raise SystemExit(f"{shot.file} has more than {LARGEST} bytes")


def main() -> None:
    """Take all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with seeded_site() as url, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page(
            base_url=url, reduced_motion="reduce", locale="en-US", timezone_id="America/New_York"
        )
        for shot in VISITOR:
            take(page, shot)
        page.goto("/login")
        page.get_by_label("Username").fill(DEMO_USERNAME)
        page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/vehicles")
        for shot in RIDER:
            take(page, shot)
        page.goto("/rides")
        receipt = page.locator("main a[href^='/rides/']:not([href*=months])").first
        take(page, Shot("receipt", receipt.get_attribute("href") or "", 390))
        page.goto("/vehicles?type=scooter")
        page.get_by_role("button", name="Start ride").first.click()
        page.wait_for_url("**/rides")
        for shot in ON_A_RIDE:
            take(page, shot)
        browser.close()


if __name__ == "__main__":
    main()
