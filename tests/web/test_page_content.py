"""What pages hold besides what they are about: not too much, nobody else's, and nothing foreign."""

import pytest
from jinja2 import Undefined

from movr.sample import Sizes
from tests.support.page_tree import parsed
from tests.web.site import join, new_browser, words
from tests.web.world import build_world, calls, path_of

AMSTERDAM = {"X-City": "Amsterdam"}


@pytest.fixture(scope="module")
def world(shared_app):
    return build_world(shared_app)


def test_a_page_of_24_vehicles_is_no_longer_than_24_kb(app):
    rider = join(app, city="new york")
    assert sum(rider.movr.add_sample("new york", Sizes(vehicles=60, riders=1, rides=0))) == 60
    page = rider.client.get("/vehicles")
    tree = parsed(page.text)
    buttons = [button for button in tree.all("button") if button.get("formaction")]
    starts = [button for button in buttons if "/rides/start/" in button.get("formaction", "")]
    assert len(starts) == 24
    assert len(page.data) <= 24_000
    # One form for all of them, besides those that log out and choose a city.
    assert len(tree.all("form")) == 3
    # As people hear it who do not see where a button stands.
    shown = rider.movr.get_vehicles(city="new york").rows
    assert [button.get("aria-label") for button in starts] == [
        f"Start ride: {vehicle.color} {vehicle.type}, {vehicle.last_location}" for vehicle in shown
    ]


def test_a_card_is_everybodys_own_though_it_is_kept(app, owner):
    vehicle = owner.add_vehicle("scooter", "blue", "Rokin")
    visitor, free, riding = new_browser(app), join(app), join(app)
    for _ in range(2):
        assert (
            "Ride the blue scooter, Rokin: log in first"
            in visitor.get("/vehicles", headers=AMSTERDAM).text
        )
        assert f'formaction="/rides/start/{vehicle}"' in free.client.get("/vehicles").text
    riding.start_ride(vehicle)
    for browser in (free.client, riding.client):
        page = browser.get("/vehicles")
        assert f'formaction="/rides/start/{vehicle}"' not in page.text
        assert "In use" in words(page)
    riding.end_ride(riding.movr.get_user(city="amsterdam", user_id=riding.user.id).active_ride)
    page = free.client.get("/vehicles")
    assert "Start ride: blue scooter, Spui" in page.text
    assert "Rokin" not in page.text


def test_cards_are_looked_up_by_nothing_undefined(app, owner, monkeypatch):
    given: list[object] = []

    def note(_template: str, _macro: str, _vehicles: object, *what: object) -> str:
        given.extend(what)
        return ""

    monkeypatch.setitem(app.jinja_env.globals, "kept_each", note)
    visitor, free, riding = new_browser(app), join(app), join(app)
    riding.start_ride(owner.add_vehicle())
    for browser in (visitor, free.client, riding.client):
        browser.get("/vehicles", headers=AMSTERDAM)
    # The level of the headings and three addresses, on each page.
    assert len(given) == 3 * 4
    assert not [each for each in given if isinstance(each, Undefined)]


def test_what_a_vehicle_is_called_is_text_on_its_card(app, owner, rider):
    owner.add_vehicle("bike", '"><script>alert(1)</script>', "<b>Dam</b> & 'Rokin'")
    page = rider.client.get("/vehicles")
    assert "<script>alert" not in page.text
    assert "<b>Dam" not in page.text
    assert "<b>Dam</b> & 'Rokin'" in words(page)


def test_no_page_of_a_rider_repeats_what_stands_in_its_address(world):
    # Words of an attacker's beside the rider's own, compressed together, could be compared.
    browser = world.owner.client
    mark = "mark4address"
    names = (
        "type",
        "available",
        "near",
        "after",
        "everywhere",
        "year",
        "city",
        "next",
        "number",
        "other",
    )
    paths = {path_of(rule) for method, rule in calls(world.app) if method == "GET"}
    paths |= {f"/users/{world.owner.user.id}", f"/vehicles/change/{world.free_vehicle}"}
    shown = 0
    for path in sorted(paths):
        for name in names:
            page = browser.get(path, query_string={name: mark})
            shown += page.status_code == 200
            assert mark not in page.text, (path, name)
    assert shown > 50
