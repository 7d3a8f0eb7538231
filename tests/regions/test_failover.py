"""The region of a rider dies at one blow; what it leaves to the rider, and to whoever watches."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect, sync_playwright

from movr import MovR
from movr.places import PLACES
from movr.records import User
from tests.regions.conftest import NewRider, ride_ids
from tests.regions.launched import LaunchedRegions
from tests.regions.visitor import Form, Visitor, form_to
from tests.support import chromium
from tests.support.accounts import PASSWORD
from tests.support.processes import wait_until
from tests.support.requirements import require

EAST, WEST, EUROPE = "gcp-us-east1", "gcp-us-west1", "gcp-europe-west1"


@dataclass(frozen=True)
class Aftermath:
    """Regions of which the western one is dead, and a rider who logged in while it lived."""

    regions: LaunchedRegions
    account: User
    rider: Visitor
    form: Form
    """The one that starts a ride, from a page that the region gave before it died."""


@pytest.fixture(scope="module")
def doomed(
    backend: MovR, db_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LaunchedRegions]:
    """Three regions, two of which are going to die; the eastern one must not."""
    with LaunchedRegions(db_uri, tmp_path_factory.mktemp("doomed") / "log") as running:
        yield running


@pytest.fixture(scope="module")
def aftermath(doomed: LaunchedRegions, new_rider: NewRider) -> Iterator[Aftermath]:
    account = new_rider("seattle")
    with Visitor(doomed.port, "seattle.localhost") as rider:
        rider.log_in(account.username, PASSWORD)
        page = rider.get("/vehicles?available=1")
        assert page.headers["MovR-Region"] == WEST
        doomed.kill(WEST)
        yield Aftermath(doomed, account, rider, form_to("/rides/start/", page))


def test_riders_are_served_by_the_nearest_region_and_told_so(aftermath: Aftermath):
    page = aftermath.rider.get("/vehicles")
    assert page.status_code == 200
    assert page.headers["MovR-Region"] == EAST
    assert f"Served from {EAST}" in page.text
    assert "You seem to be in Seattle, but" in page.text


def test_rider_stays_logged_in(aftermath: Aftermath):
    page = aftermath.rider.get("/users/me")
    assert page.status_code == 200
    assert page.headers["MovR-Region"] == EAST
    assert page.request.path_url == f"/users/{aftermath.account.id}"


def test_ride_starts_once_from_a_page_that_the_dead_region_gave(
    aftermath: Aftermath, backend: MovR
):
    for _ in range(2):
        page = aftermath.rider.post(aftermath.form.action, data=aftermath.form.fields)
        assert page.status_code == 200
        assert page.headers["MovR-Region"] == EAST
    assert ride_ids(backend, aftermath.account) == [aftermath.form.ride_of(aftermath.account.id)]


def test_death_is_reported_and_not_undone(aftermath: Aftermath):
    report = f"{WEST} has ended with signal SIGKILL. {EAST} serves its riders now."
    assert wait_until(lambda: report in aftermath.regions.output(), 10)
    assert not aftermath.regions.listens(WEST)
    assert aftermath.regions.listens(EAST)


def test_browser_stays_logged_in_while_the_region_changes_under_it(
    doomed: LaunchedRegions, new_rider: NewRider
):
    require(chromium.unavailable_reason())
    account = new_rider("rome")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page(base_url=f"http://rome.localhost:{doomed.port}")
        page.goto("/login")
        page.get_by_label("Username").fill(account.username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Vehicles in Rome")
        expect(page.get_by_title(f"Served from {EUROPE}")).to_be_visible()
        # Rome's own vehicles: they stand at its places.
        places = [place.name for place in PLACES["rome"]]
        stands = page.locator(".vehicle-card-body").all_inner_texts()
        assert stands
        assert all(any(place in text for place in places) for text in stands)

        doomed.kill(EUROPE)
        page.reload()
        expect(page.get_by_title(f"Served from {EAST}")).to_be_visible()
        expect(page.get_by_text("You seem to be in Rome, but")).to_be_visible()
        expect(page.get_by_role("button", name="Log out")).to_be_attached()
        browser.close()
