"""However long an address is, it comes back in no header and on no page.

A balancer takes a region for dead whose headers it has no room for.
"""

from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient

from tests.web.site import is_redirect, log_in, new_browser, open_account
from tests.web.world import World, build_world, calls, path_of

LONGEST_LOCATION = 1024
MORE = 2000
HERE = {"X-City": "Amsterdam"}
NEAR = "52.3730,4.8930"
UUID = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"

# What pages read. Each of them may be long, or be followed by much.
ARGUMENTS = {
    "next": "/rides",
    "type": "bike",
    "available": "1",
    "near": NEAR,
    "after": f"available~{UUID}",
    "everywhere": "1",
    "year": "2026",
    "city": "amsterdam",
    "bbox": "4.7,52.2,5.1,52.5",
}


def hostile(length: int) -> list[str]:
    """Queries of about this length, made of what grows most when it is written once more."""
    ampersands = "%26" * (length // 3)
    return [
        "&" * length,
        "+" * length,
        "%F0%9F%9A%B2" * (length // 12),
        *(f"{name}={ampersands}" for name in ARGUMENTS),
        *(f"{name}={value}{'&' * length}" for name, value in ARGUMENTS.items()),
        # These can be read.
        f"near={'%20' * 170}{NEAR}",
        f"after=available~{UUID}{'-' * length}",
        f"after=available~{'%7B' * (length // 3)}{UUID}",
        f"next=/rides?{'%26' * 250}",
        f"next=/{ampersands}",
        f"next=/{'x' * length}",
        # One that means nothing beside one that does.
        f"type=&available=1{'&type=%26' * (length // 9)}",
    ]


@pytest.fixture(scope="module")
def world(shared_app) -> World:
    """A city with more vehicles than a page shows."""
    world = build_world(shared_app)
    for _ in range(25):
        world.owner.add_vehicle()
    return world


def addresses(world: World) -> list[str]:
    """Every address that can be asked for, of things that exist where there are any."""
    own = {
        "/users/<uuid:user_id>": f"/users/{world.owner.user.id}",
        "/users/change/<uuid:user_id>": f"/users/change/{world.owner.user.id}",
        "/users/password/<uuid:user_id>": f"/users/password/{world.owner.user.id}",
        "/vehicles/change/<uuid:vehicle_id>": f"/vehicles/change/{world.free_vehicle}",
    }
    paths = [
        own.get(rule.rule) or path_of(rule) for method, rule in calls(world.app) if method == "GET"
    ]
    return [*paths, "/vehicles//add", "/vehicles/", "/no-such-page"]


@pytest.mark.parametrize("who", ["visitor", "owner"])
def test_no_page_repeats_a_long_address(world: World, who: str):
    client = world.owner.client if who == "owner" else new_browser(world.app)
    longer = []
    for path in addresses(world):
        with client.get(path, headers=HERE) as usual:
            usual_size = len(usual.data)
        for query in hostile(8000):
            # Unchecked, for speed: it is the page above, or one that other tests check.
            with FlaskClient.open(client, f"{path}?{query}", headers=HERE) as answer:
                location, size = answer.headers.get("Location", ""), len(answer.data)
                assert answer.status_code < 500
            if len(location) > LONGEST_LOCATION or size > usual_size + MORE:
                longer.append((path, query[:40], len(location), size - usual_size))
    assert longer == []


def test_address_without_a_path_leads_nowhere_else(world: World):
    # "GET http://localhost?..." says no more.
    answer = new_browser(world.app).get(
        "/", query_string="&" * 3000, environ_overrides={"PATH_INFO": ""}
    )
    assert answer.status_code == 200


@pytest.fixture(scope="module")
def name(shared_app) -> str:
    """The name of somebody who logs in."""
    return open_account(shared_app.extensions["movr"]).username


@pytest.mark.parametrize("wanted", ["/rides?" + "&" * 3000, "/" + "x" * 1024])
def test_login_leads_to_its_usual_page_from_an_address_that_is_too_long(shared_app, name, wanted):
    browser = new_browser(shared_app)
    sent = browser.get(wanted) if "?" in wanted else browser.get("/rides?x=" + "y" * 3000)
    assert is_redirect(sent, "/login")
    path = f"/login?next={quote(wanted, safe='')}"
    assert is_redirect(log_in(browser, name, path=path), "/vehicles")
    assert is_redirect(browser.get(path), "/vehicles")
    assert is_redirect(browser.submit("/city/rome", {"next": wanted}), "/vehicles")


def test_login_leads_back_to_a_late_page_of_every_list(world: World):
    for path in (
        f"/vehicles/change/{world.free_vehicle}?city=san%20francisco",
        f"/rides?after=2026-11-20T18:49:00.123456%2B00:00~{UUID}&everywhere=1",
        f"/users/{world.owner.user.id}?after=unavailable~{UUID}",
        f"/users?after={'n' * 64}",
    ):
        sent = new_browser(world.app).get(path)
        assert sent.status_code in (302, 303)
        assert len(sent.location) <= LONGEST_LOCATION
        assert urlsplit(sent.location).query == f"next={quote(path, safe='/:~?')}"
