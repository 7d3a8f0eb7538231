"""Whatever is sent in forms, addresses, headers and cookies: no failure, and a sound page."""

import json
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from movr.regions import CITIES
from tests.web.site import COOKIE, new_browser
from tests.web.world import World, build_world

# The same examples in every run, so that a failure can be repeated. A fixture of the module is
# the same for all of them, which is what is wanted here.
fuzzed = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# Texts of all kinds, more often those that have broken something somewhere.
NASTY = st.sampled_from(
    [
        *("", " ", "\0", "a\0b", "\x1b[0m", "\r\n", "\u202e", "\ufeff", "\ufffe", "\U0010ffff"),
        *("'", '"', "<", "{{7*7}}", "%00", "%", "../..", "' OR 1=1 --", "\\", "/", "~", "&", "="),
        *("x" * 33, "x" * 65, "x" * 121, "x" * 255, "🚲" * 200, "e\u0301" * 40, "0" * 400),
        *("None", "null", "true", "nan", "-1", "1e999", "NaN,NaN"),
    ]
)
GOOD = st.sampled_from(
    [
        *("ada", "ada@example.com", "an engine of difference", "bike", "1", "Spui"),
        *("available~6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
        *CITIES,
    ]
)
TEXT = st.one_of(NASTY, GOOD, st.text(max_size=40))
HEADER = st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60
) | st.sampled_from(
    [
        *(
            "Rome",
            "41.9,12.5",
            "?",
            "x" * 5000,
            "%F0%9F",
            "a" * 199 + "%",
            "*",
            '"',
            'W/"x',
            "q=nan",
        ),
        *("https://localhost/", "https://localhost:x/", "https://[", "//", "bytes=9-1", "bytes=-"),
        *("Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "gzip;q=nan", "=;;="),
    ]
)
FIELDS = {
    "/login": ("username", "password"),
    "/register": ("city", "first_name", "last_name", "email", "username", "password"),
    "/city/{}": ("next",),
    "/vehicles/add": ("form_id", "type", "color", "brand", "location"),
    "/vehicles/change/{}": (
        *("city", "ride_count", "color", "brand"),
        *("location", "latitude", "longitude"),
    ),
    "/vehicles/remove/{}": ("city",),
    "/rides/start/{}": ("city", "ride_id"),
    "/rides/cancel/{}": ("city",),
    "/rides/end/{}": ("city", "location", "end_time"),
    "/users/change/{}": ("first_name", "last_name", "email"),
    "/users/password/{}": ("password", "new_password"),
    "/users/remove/{}": ("password",),
}
# What stands in front of a body, and what may be one, whether or not they fit.
TYPE = st.sampled_from(
    [
        *("application/x-www-form-urlencoded", "application/json", "text/plain", "", "; ;"),
        *("multipart/form-data; boundary=x", 'multipart/form-data; boundary="x', "multipart/x"),
    ]
)
NAME = st.sampled_from(sorted({name for names in FIELDS.values() for name in names}))
JSON = st.recursive(
    st.none() | st.integers() | st.floats() | TEXT | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3),
)
PART_HEADER = st.sampled_from(
    [
        *("", 'name="username"', "name=city", "name", "name*=utf-8''%ff", 'name="a"; name="b"'),
        *(
            'filename=""',
            'name="location"; filename="a"',
            'name="username',
            "name*0=user; name*1=x",
        ),
    ]
)
PART = st.builds(
    lambda header, text: f"--x\r\nContent-Disposition: form-data; {header}\r\n\r\n{text}\r\n",
    PART_HEADER,
    TEXT,
)
BODY = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(PART, max_size=3).map(lambda parts: "".join([*parts, "--x--\r\n"]).encode()),
)

QUERIES = {
    "/": (),
    "/login": ("next",),
    "/register": ("next",),
    "/vehicles": ("type", "available", "after"),
    "/rides": ("after", "everywhere"),
    "/rides/{}": ("city",),
    "/rides/months": ("year", "everywhere"),
    "/users": ("after",),
    "/users/{}": ("after",),
    "/vehicles/add": (),
    "/vehicles/change/{}": ("city",),
    "/users/change/{}": (),
    "/users/password/{}": (),
}


@pytest.fixture(scope="module")
def world(shared_app) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        # A real check takes a tenth of a second.
        patch.setattr(
            "movr.passwords.check_password_hash", lambda _hash, password: len(password) > 9
        )
        yield build_world(shared_app)


def an_id(data, world):
    """An id of something that exists, or anything."""
    ids = [str(world.free_vehicle), str(world.ride.id), str(world.rider.user.id)]
    return quote(data.draw(st.sampled_from(ids) | TEXT), safe="")


@fuzzed
@given(data=st.data())
@pytest.mark.parametrize("path", FIELDS)
def test_no_form_breaks_a_page(world, path, data):
    names = FIELDS[path]
    fields = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, TEXT)))
    address = path.format(an_id(data, world))
    rider = world.rider.client
    client = new_browser(world.app) if path in ("/login", "/register") else rider
    answer = client.submit(address, fields)
    assert answer.status_code < 500
    assert answer.status_code in (302, 303, 400, 403, 404, 405, 409, 422, 429)


@fuzzed
@given(data=st.data(), kind=TYPE, body=BODY)
@pytest.mark.parametrize("path", FIELDS)
def test_no_body_breaks_a_page(world, path, data, kind, body):
    public = path in ("/login", "/register")
    client = new_browser(world.app) if public else world.rider.client
    headers = {"X-CSRFToken": client.token()}
    address = path.format(an_id(data, world))
    answer = client.post(address, data=body, content_type=kind, headers=headers)
    assert answer.status_code in (302, 303, 400, 403, 404, 405, 409, 415, 422, 429)


@fuzzed
@given(data=st.data())
@pytest.mark.parametrize("path", QUERIES)
def test_no_query_breaks_a_page(world, path, data):
    names = st.sampled_from(["x", *QUERIES[path]])
    query = data.draw(st.lists(st.tuples(names, TEXT), max_size=4))
    address = f"{path.format(an_id(data, world))}?{urlencode(query)}"
    for client in (world.rider.client, new_browser(world.app)):
        assert client.get(address).status_code in (200, 302, 303, 400, 403, 404, 405)


@fuzzed
@given(path=TEXT, method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]))
def test_no_address_breaks_a_page(world, path, method):
    answer = world.rider.client.open("/" + quote(path), method=method)
    assert answer.status_code < 500


@fuzzed
@given(
    headers=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            (
                *("X-City", "X-City-Lat-Long", "X-Request-ID", "X-Forwarded-For", "User-Agent"),
                *("Accept", "Accept-Language", "If-None-Match", "Range", "Authorization"),
                *("Accept-Encoding", "If-Modified-Since", "If-Range", "Cookie", "Referer"),
                *("Content-Type", "X-Forwarded-Proto", "Transfer-Encoding"),
            ),
            HEADER,
        ),
    )
)
def test_no_header_breaks_a_page(world, headers):
    here = "/vehicles.geojson?city=amsterdam&bbox=4.8,52.3,5,52.4"
    for path in ("/vehicles", "/healthz", "/metrics", "/static/js/theme.js", here):
        assert new_browser(world.app).get(path, headers=headers).status_code < 500
    assert world.rider.client.submit("/city/rome", headers=headers).status_code < 500


@fuzzed
@given(cookie=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200), user=TEXT)
def test_no_cookie_breaks_a_page(world, cookie, user):
    browser = new_browser(world.app)
    browser.set_cookie(COOKIE, cookie)
    assert browser.get("/rides").status_code in (302, 303)
    # Signed with our secret, and still nonsense.
    signer = world.app.session_interface.get_signing_serializer(world.app)
    browser.set_cookie(COOKIE, signer.dumps({"_user_id": user, "chosen_city": user}))
    assert browser.get("/rides").status_code in (302, 303)
    assert browser.get("/vehicles").status_code == 200
