"""Fixtures for tests in a real browser: a seeded site of its own, and pages that are watched.

Accounts are opened in the database where signing up is not the point.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Place, Point
from movr.regions import CITIES
from movr.sample import Sizes
from tests.browser.screens import SCREENS, NewContext, OpenPage
from tests.browser.site import CITY, Person, new_person
from tests.browser.watch import Watch
from tests.support import chromium
from tests.support.accounts import open_account
from tests.support.gunicorn_server import GunicornServer
from tests.support.requirements import require
from tests.support.tiles import TileServer


@pytest.fixture(scope="session")
def db_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('browser')}/movr.db"


@pytest.fixture(scope="session")
def backend(db_uri: str) -> Iterator[MovR]:
    """The data behind the site."""
    movr = MovR(db_uri)
    movr.create_schema()
    for city in (CITY, "new york"):
        for _ in movr.add_sample(city, Sizes()):
            pass
    yield movr
    movr.engine.dispose()


@pytest.fixture(scope="session")
def wide_city(backend: MovR) -> str:
    """A city whose vehicles stand half a kilometre from each other; its name."""
    city = CITIES["seattle"]
    owner = open_account(backend, city.name)
    for number in range(24):
        row, column = divmod(number, 6)
        point = Point(city.centre.latitude + row / 200, city.centre.longitude + column / 150)
        backend.add_vehicle(
            city=city.name,
            owner_id=owner.id,
            vehicle_type=VehicleType.BIKE,
            color="red",
            brand="City",
            place=Place(f"Corner {number}", point),
        )
    return city.name


@pytest.fixture(scope="session")
def tiles() -> Iterator[TileServer]:
    """What maps are drawn on, in place of a server on the internet."""
    with TileServer() as running:
        yield running


@pytest.fixture(scope="session")
def server(backend: MovR, db_uri: str, tiles: TileServer) -> Iterator[GunicornServer]:
    require(chromium.unavailable_reason())
    settings = {"DEBUG": "True", "DB_URI": db_uri, "TILE_URL": tiles.url}
    with GunicornServer(settings) as running:
        yield running


# Of a module, not of the session: while Playwright is at work no other event loop runs in this
# thread, and tests elsewhere need theirs.
@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    require(chromium.unavailable_reason())
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        whole = getattr(request.module, "NEEDS_WHOLE_BROWSER", False)
        launched = chromium.launch(playwright, whole=whole)
        yield launched
        launched.close()


@pytest.fixture
def watches() -> Iterator[list[Watch]]:
    """Fails the test for whatever went wrong behind the pages that it opened."""
    watching: list[Watch] = []
    yield watching
    problems = [problem for watch in watching for problem in watch.problems]
    assert not problems, "\n  - ".join(["the browser had problems:", *problems])


@pytest.fixture(scope="module")
def new_context(browser: Browser, server: GunicornServer, tiles: TileServer) -> NewContext:
    """Make a browser that knows nobody yet, and its watch; takes Browser.new_context's options."""

    def new(**options: Any) -> tuple[BrowserContext, Watch]:
        # Past the service worker, whose requests no test could hold up; test_install.py has it.
        usual = {"reduced_motion": "reduce", "service_workers": "block"}
        context = browser.new_context(**{"base_url": server.url, **usual, **options})
        context.set_default_timeout(15_000)
        return context, Watch(context, server.url, tiles.origin)

    return new


@pytest.fixture
def open_page(new_context: NewContext, watches: list[Watch]) -> Iterator[OpenPage]:
    """Open a page in a browser of its own; takes the options of `new_context`."""
    contexts: list[BrowserContext] = []

    def open_(**options: Any) -> Page:
        context, watch = new_context(**options)
        contexts.append(context)
        watches.append(watch)
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def shared_context(new_context: NewContext) -> Iterator[tuple[BrowserContext, Watch]]:
    context, watch = new_context()
    yield context, watch
    context.close()


@pytest.fixture
def shared_page(
    shared_context: tuple[BrowserContext, Watch], watches: list[Watch]
) -> Iterator[Page]:
    """A page in a browser that keeps its cache from test to test, and nothing else."""
    context, watch = shared_context
    context.clear_cookies()
    watch.problems.clear()
    watches.append(watch)
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A phone or a desk."""
    return SCREENS[request.param]


@pytest.fixture
def page(open_page: OpenPage, screen: dict[str, Any]) -> Page:
    return open_page(**screen)


@pytest.fixture
def person(backend: MovR) -> Person:
    return new_person(backend)
