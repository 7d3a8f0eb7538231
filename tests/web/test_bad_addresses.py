"""Ids, cursors, queries and bodies that no page of the site contains: refused, and never a 500."""

from urllib.parse import quote
from uuid import uuid4

import pytest

from tests.web.site import dump, heading, is_redirect, join, new_browser, words
from tests.web.world import build_world

NO_IDS = [
    "0",
    "not-an-id",
    "00000000-0000-0000-0000-00000000000",
    "00000000-0000-0000-0000-0000000000000",
    "g0000000-0000-0000-0000-000000000000",
    "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}",
    "6f9619ff8b86d011b42d00cf4fc964ff",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%ff%fe",
    "' OR 1=1 --",
    "x" * 5000,
]
PAGES = ("/users/{}", "/rides/{}")
WITH_IDS = [
    *PAGES,
    "/users/change/{}",
    "/users/password/{}",
    "/users/remove/{}",
    "/vehicles/change/{}",
    "/vehicles/remove/{}",
    "/rides/start/{}",
    "/rides/cancel/{}",
    "/rides/end/{}",
    "/city/{}",
]
UUID = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
BROKEN = [
    "x",
    "~",
    "\0",
    f"available~{UUID}~more",
    f"available{UUID}",
    "available~",
    f"~{UUID}",
    f"stolen~{UUID}",
    f"available~{UUID}0",
    "available~not-an-id",
    f"2026-11-20~{UUID}",
    f"2026-11-20T10:00:00~{UUID}",
    f"2026-13-45T99:99:99+00:00~{UUID}",
    f"0001-01-01T00:00:00+23:59~{UUID}",
    f"9999-12-31T23:59:59-23:59~{UUID}",
    "2026-11-20T10:00:00+00:00~not-an-id",
    "' OR 1=1 --",
    "x" * 3000,
    "\u2028",
]


@pytest.fixture(scope="module")
def world(shared_app):
    return build_world(shared_app)


@pytest.fixture(autouse=True)
def nothing_changes(world):
    before = dump(world.movr)
    yield
    assert dump(world.movr) == before


@pytest.mark.parametrize("path", WITH_IDS)
@pytest.mark.parametrize("text", NO_IDS, ids=lambda text: text[:40])
def test_an_id_that_is_none_leads_nowhere(world, path, text):
    method = "GET" if path in PAGES else "POST"
    fields = {"city": "amsterdam", "location": "Spui"}
    page = world.rider.client.submit(path.format(text), fields, method=method)
    assert page.status_code == 404
    assert heading(page) == "This page doesn't exist"


@pytest.mark.parametrize("path", WITH_IDS[:-1])
def test_an_id_of_something_else_leads_nowhere(world, path):
    method = "GET" if path in PAGES else "POST"
    fields = {"city": "amsterdam", "location": "Spui"}
    free = (
        world.rider.client
        if "end" in path or "cancel" in path or "users" in path
        else world.owner.client
    )
    ids = {world.free_vehicle, world.ride.id, world.other.user.id, uuid4()}
    right = {
        "/rides/{}": world.ride.id,
        "/vehicles/change/{}": world.free_vehicle,
        "/vehicles/remove/{}": world.free_vehicle,
        "/rides/start/{}": world.free_vehicle,
        "/rides/cancel/{}": world.ride.id,
        "/rides/end/{}": world.ride.id,
    }
    for id_ in ids - {right.get(path)}:
        assert free.submit(path.format(id_), fields, method=method).status_code == 404


@pytest.mark.parametrize("city", ["rome", "gotham", "AMSTERDAM", " ", "\0", "x" * 60_000])
@pytest.mark.parametrize(
    "what",
    [
        "rides.start_ride",
        "rides.cancel_ride",
        "rides.end_ride",
        "vehicles.change_vehicle",
        "vehicles.remove_vehicle",
    ],
)
def test_the_wrong_city_leads_nowhere(world, what, city):
    person, path, fields = world.changes()[what]
    page = person.client.submit(path, fields | {"city": city})
    assert page.status_code == 404
    assert "Traceback" not in page.text


@pytest.mark.parametrize("ride_id", ["x", " ", "\0", "0" * 31, "'--", "x" * 60_000, UUID + "0"])
def test_the_id_of_a_ride_is_one_or_the_form_is_not_complete(world, ride_id):
    person, path, fields = world.changes()["rides.start_ride"]
    page = person.client.submit(path, fields | {"ride_id": ride_id})
    assert page.status_code == 400
    assert heading(page) == "This request is incomplete"


@pytest.mark.parametrize("cursor", BROKEN, ids=lambda text: ascii(text)[:40])
@pytest.mark.parametrize("path", ["/vehicles", "/vehicles?type=bike", "/rides", "/users/{id}"])
def test_a_broken_cursor_is_a_broken_link(world, path, cursor):
    address = path.format(id=world.rider.user.id)
    glue = "&" if "?" in address else "?"
    page = world.rider.client.get(f"{address}{glue}after={quote(cursor, safe='')}")
    assert page.status_code == 400
    assert heading(page) == "This link is broken"
    assert "Start from the first page." in words(page)


@pytest.mark.parametrize("cursor", ["\0", "a\0", "\x1b[31m", "\u202e"])
def test_a_cursor_of_riders_is_a_name(world, cursor):
    page = world.rider.client.get(f"/users?after={quote(cursor, safe='')}")
    assert page.status_code == 400
    assert heading(page) == "This link is broken"


@pytest.mark.parametrize("value", ["car", "Bike", "bike ", "\0", "x" * 3000, "removed", "1"])
def test_an_unknown_type_of_vehicle_leads_nowhere(world, value):
    page = world.rider.client.get(f"/vehicles?type={quote(value, safe='')}")
    assert page.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "available=yes",
        "available=%00",
        "type=&available=&after=",
        "type=bike&type=car",
        "unknown=1",
        "available=1&available=0",
        "?",
        "&&&===",
        "%ff%fe=%ff",
        "after",
        "everywhere=maybe",
        "x=" + "y" * 4000,
    ],
)
@pytest.mark.parametrize(
    "path",
    ["/", "/vehicles", "/rides", "/rides/months", "/users", "/login", "/register"],
)
def test_queries_that_mean_nothing_do_no_harm(world, path, query):
    assert world.rider.client.get(f"{path}?{query}").status_code in (200, 302, 303)


@pytest.mark.parametrize("path", ["/register", "/vehicles/add", "/login"])
@pytest.mark.parametrize(("byte", "status"), [(b"\xff", 400), (b"%ff", 422), (b"%ed%a0%80", 422)])
def test_fields_that_are_not_utf_8_are_refused(world, path, byte, status):
    client = world.rider.client if path == "/vehicles/add" else new_browser(world.app)
    texts = b"&".join(name + b"=" + byte for name in (b"username", b"first_name", b"color"))
    page = client.post(
        path,
        data=texts + b"&csrf_token=" + client.token().encode(),
        content_type="application/x-www-form-urlencoded",
    )
    assert page.status_code == status


def test_a_form_may_come_in_parts(app):
    person = join(app)
    fields = {"type": "bike", "color": "red", "brand": "Cargo", "location": "Spui"}
    answer = person.client.submit("/vehicles/add", fields, content_type="multipart/form-data")
    assert is_redirect(answer, f"/users/{person.user.id}")
