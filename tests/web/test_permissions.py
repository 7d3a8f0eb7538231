"""Who may call which address: every rule of the application, and every kind of intruder."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.sessions import SecureCookieSessionInterface

from tests.web.site import (
    COOKIE,
    PASSWORD,
    asks_for_login,
    dump,
    join,
    log_in,
    new_browser,
)
from tests.web.world import CHANGES, build_world, calls, path_of

# What everybody may call. A new address asks for a login, or is listed here on purpose.
PUBLIC = {
    ("GET", "/"),
    ("GET", "/bootstrap/static/<path:filename>"),
    ("GET", "/email/confirm/<token>"),
    ("GET", "/help"),
    ("GET", "/login"),
    ("GET", "/manifest.webmanifest"),
    ("GET", "/metrics"),  # It asks for a token of its own.
    ("GET", "/offline"),
    ("GET", "/password/forgot"),
    ("GET", "/password/reset/<city>/<uuid:user_id>/<token>"),  # The token is what it asks for.
    ("GET", "/privacy"),
    ("GET", "/readyz"),
    ("GET", "/register"),
    ("GET", "/service-worker.js"),
    ("GET", "/static/<path:filename>"),
    ("GET", "/terms"),
    ("GET", "/v"),
    ("GET", "/v/<number>"),
    ("GET", "/vehicles"),
    ("GET", "/vehicles.geojson"),
    ("POST", "/city/<city>"),
    ("POST", "/email/confirm/<token>"),
    ("POST", "/login"),
    ("POST", "/password/forgot"),
    ("POST", "/password/reset/<city>/<uuid:user_id>/<token>"),
    ("POST", "/register"),
}


@pytest.fixture(scope="module")
def world(shared_app):
    """One world for all intruders: each of them proves that it is as it was."""
    return build_world(shared_app)


def test_every_address_asks_for_a_login_or_is_public_on_purpose(world):
    before = dump(world.movr)
    public = set()
    for method, rule in calls(world.app):
        path = path_of(rule)
        browser = new_browser(world.app)
        answer = browser.get(path) if method == "GET" else browser.submit(path, method=method)
        answer.close()
        if asks_for_login(answer):
            (wanted,) = parse_qs(urlsplit(answer.location).query)["next"]
            if method == "GET":
                assert wanted == path
            else:
                # A form cannot be asked for, but the page can that it is on.
                assert world.app.url_map.bind("").test(wanted, "GET")
        else:
            public.add((method, rule.rule))
    assert public == PUBLIC
    assert dump(world.movr) == before


def test_the_changes_tried_here_are_all_there_are(world):
    asking = {
        rule.endpoint
        for method, rule in calls(world.app)
        if method != "GET" and (method, rule.rule) not in PUBLIC
    }
    assert asking == set(world.changes()) == set(CHANGES)


@pytest.mark.parametrize("endpoint", CHANGES)
def test_whoever_may_change_something_does(app, endpoint):
    world = build_world(app)
    person, path, fields = world.changes()[endpoint]
    before = dump(world.movr)
    assert person.client.submit(path, fields).status_code in (302, 303)
    assert dump(world.movr) != before


@pytest.mark.parametrize(
    ("endpoint", "status"),
    [
        ("accounts.change_password", 404),
        ("accounts.change_user", 404),
        ("accounts.remove_user", 404),
        ("rides.cancel_ride", 404),
        ("rides.end_ride", 404),
        ("vehicles.change_vehicle", 403),
        ("vehicles.remove_vehicle", 403),
    ],
)
def test_nobody_changes_what_is_another_riders(world, endpoint, status):
    person, path, fields = world.changes()[endpoint]
    intruder = world.rider if person is not world.rider else world.owner
    before = dump(world.movr)
    assert intruder.client.submit(path, fields).status_code == status
    assert dump(world.movr) == before


def test_nobody_ends_a_session_of_another_rider(world):
    before = dump(world.movr)
    world.rider.client.submit(f"/logout/{world.session_id}")
    assert dump(world.movr) == before


# --- Cookies ---


def take_over(app, cookie):
    """A browser into which somebody has put a cookie."""
    browser = new_browser(app)
    browser.set_cookie(COOKIE, cookie)
    return browser


VOID = ("logged out", "closed", "logged out everywhere", "logged out on this device")


@pytest.fixture(scope="module")
def void_cookies(world):
    """Cookies that were good, each with a token that was good: of a logout, of a closed account."""
    app, movr = world.app, world.movr
    left, closed, elsewhere, one = (join(app) for _ in range(4))
    found = {}
    people = (left, closed, elsewhere, one)
    for name, person in zip(VOID, people, strict=True):
        token = person.client.token()
        cookie = person.client.get_cookie(COOKIE).value
        # What makes the refusals mean something: until then, the copy is as good as the original.
        assert take_over(app, cookie).get("/rides").status_code == 200
        found[name] = (cookie, token)
    left.client.submit("/logout")
    movr.remove_user(city=closed.user.city, user_id=closed.user.id, password=PASSWORD)
    other_browser = new_browser(app)
    log_in(other_browser, elsewhere.user.username)
    other_browser.submit("/logout/everywhere")
    session = movr.get_user(city=one.user.city, user_id=one.user.id).sessions[0]
    log_in(other_browser, one.user.username)
    other_browser.submit(f"/logout/{session.id}")
    return found


@pytest.mark.parametrize("cookie", VOID)
@pytest.mark.parametrize("endpoint", CHANGES)
def test_a_cookie_that_is_void_changes_nothing(world, void_cookies, endpoint, cookie):
    _, path, fields = world.changes()[endpoint]
    value, token = void_cookies[cookie]
    before = dump(world.movr)
    answer = take_over(world.app, value).post(path, data={"csrf_token": token, **fields})
    assert asks_for_login(answer)
    assert dump(world.movr) == before


@pytest.mark.parametrize("cookie", VOID)
def test_a_cookie_that_is_void_opens_no_page(world, void_cookies, cookie):
    browser = take_over(world.app, void_cookies[cookie][0])
    assert asks_for_login(browser.get("/rides"))
    assert asks_for_login(browser.get("/users"))
    assert browser.get("/vehicles").status_code == 200


def signer(app, secret=None):
    """What signs the cookies of an application, perhaps with another secret."""
    original = app.secret_key
    app.secret_key = secret or original
    try:
        # The application's own interface has made its signer when it began.
        return SecureCookieSessionInterface().get_signing_serializer(app)
    finally:
        app.secret_key = original


def forge(world, how):
    """The cookie of the rider, changed by somebody who does not know the secret."""
    cookie = world.rider.client.get_cookie(COOKIE).value
    payload, moment, signature = cookie.rsplit(".", 2)
    session = signer(world.app).loads(cookie)
    city, user_id, epoch = session["_user_id"].split("/")
    owner = world.owner.user
    changed = {
        "another user": f"{owner.city}/{owner.id}/{owner.session_epoch}",
        "another epoch": f"{city}/{user_id}/{int(epoch) + 1}",
        "the same user": session["_user_id"],
    }
    if how in changed:
        foreign = signer(world.app, "not the secret of this application")
        forged = foreign.dumps({**session, "_user_id": changed[how]})
        if how == "the same user":
            return forged
        return f"{forged.rsplit('.', 2)[0]}.{moment}.{signature}"
    other = "A" if signature[0] != "A" else "B"
    return {
        "another signature": f"{payload}.{moment}.{other}{signature[1:]}",
        "no signature": f"{payload}.{moment}.",
        "no parts": payload,
        "nonsense": "x" * 4000,
    }[how]


FORGERIES = (
    "the same user",
    "another user",
    "another epoch",
    "another signature",
    "no signature",
    "no parts",
    "nonsense",
)


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_cookie_opens_no_page_and_changes_nothing(world, how):
    token = world.rider.client.token()
    cookie = forge(world, how)
    before = dump(world.movr)
    assert asks_for_login(take_over(world.app, cookie).get("/rides"))
    for _, path, fields in world.changes().values():
        answer = take_over(world.app, cookie).post(path, data={"csrf_token": token, **fields})
        assert asks_for_login(answer)
    assert dump(world.movr) == before
    assert world.rider.client.get("/rides").status_code == 200


@pytest.mark.parametrize(
    "user_id",
    [
        "{city}/{id}/{later}",
        "rome/{id}/{epoch}",
        "gotham/{id}/{epoch}",
        "{city}/not-an-id/{epoch}",
        "{city}/{id}/soon",
        "{city}/{id}",
        "{id}",
        "",
        "////",
        "{city}/{nobody}/0",
    ],
)
def test_a_signed_cookie_that_names_nobody_is_that_of_a_visitor(world, user_id):
    user = world.rider.user
    epoch = user.session_epoch
    text = user_id.format(
        city=user.city, id=user.id, epoch=epoch, later=epoch + 1, nobody=f"{0:032x}"
    )
    session = {"_user_id": text, "_fresh": True, "_permanent": True}
    browser = take_over(world.app, signer(world.app).dumps(session))
    assert asks_for_login(browser.get("/rides"))
    good = session | {"_user_id": f"{user.city}/{user.id}/{epoch}"}
    assert take_over(world.app, signer(world.app).dumps(good)).get("/rides").status_code == 200
