"""MovR can be installed like an app, and says in its own words that there is no connection."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from movr import MovR
from tests.support.gunicorn_server import GunicornServer

# Another one finds nothing wrong with any page.
NEEDS_WHOLE_BROWSER = True


@pytest.fixture
def site(backend: MovR, db_uri: str) -> Iterator[GunicornServer]:
    """A server of this test alone, which it may stop."""
    with GunicornServer({"DEBUG": "True", "DB_URI": db_uri}) as running:
        yield running


@pytest.fixture
def page(browser: Browser, site: GunicornServer) -> Iterator[Page]:
    """The login, with the service worker at work."""
    with browser.new_context(base_url=site.url, service_workers="allow") as context:
        page = context.new_page()
        page.goto("/login")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        yield page


def test_browser_finds_nothing_that_keeps_it_from_installing(page: Page) -> None:
    browser = page.context.new_cdp_session(page)
    manifest = browser.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert '"start_url":"/vehicles"' in manifest["data"].replace(" ", "")
    found = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # That this browser keeps nothing has nothing to do with MovR.
    assert [each["errorId"] for each in found if each["errorId"] != "in-incognito"] == []


def test_without_a_connection_the_page_is_movrs_own_and_leads_on(
    page: Page, site: GunicornServer
) -> None:
    site.stop()
    page.goto("/vehicles")
    expect(page.get_by_role("heading", name="You're offline")).to_be_visible()
    assert page.url == f"{site.url}/vehicles"
    again = page.get_by_role("link", name="Try again")
    # In MovR's colours, which come with the page.
    expect(again).to_have_css("border-radius", "10px")
    site.start()
    again.click()
    expect(page.get_by_role("heading", name="Vehicles in")).to_be_visible()


def test_nothing_of_a_rider_is_kept(page: Page) -> None:
    kept = page.evaluate(
        """async () => {
          const names = await caches.keys();
          const keysOf = async (name) => (await caches.open(name)).keys();
          const all = await Promise.all(names.map(keysOf));
          return all.flat().map((request) => new URL(request.url).pathname);
        }"""
    )
    assert "/offline" in kept
    assert len(kept) > 3
    assert all(path == "/offline" or path.startswith("/static/") for path in kept)
