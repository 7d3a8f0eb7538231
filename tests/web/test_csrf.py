"""A form counts only with the token of its own session, sent from a page of the site."""

from base64 import urlsafe_b64decode
from urllib.parse import urlsplit

import pytest
from itsdangerous import URLSafeTimedSerializer

from tests.web.site import (
    PASSWORD,
    asks_for_login,
    dump,
    heading,
    held_in,
    join,
    new_browser,
    token_in,
    words,
)
from tests.web.world import FORMS, build_world, calls

# Beside those that are shown at the address that their form is sent to.
PAGES = {"/", "/login", "/register", "/rides", "/users/me", "/vehicles"}


@pytest.fixture(scope="module")
def world(shared_app):
    return build_world(shared_app)


def comes_back(page):
    """Whether a form leads to its page, or to a login, so that it can be sent again."""
    where = urlsplit(page.location or "").path
    return page.status_code in (302, 303) and where in (PAGES | {page.request.path})


def is_refused(page):
    return page.status_code == 400 and heading(page) == "This form has expired"


def test_the_forms_tried_here_are_all_there_are(world):
    posted = {rule.endpoint for method, rule in calls(world.app) if method != "GET"}
    assert posted == set(world.forms()) == set(FORMS)


@pytest.mark.parametrize("endpoint", FORMS)
@pytest.mark.parametrize("token", [None, "", "wrong", "IjEi.aaaaaa.bbbbbb", "x" * 5000, "\0"])
def test_a_form_without_a_good_token_changes_nothing(world, endpoint, token):
    browser, path, fields = world.forms()[endpoint]
    assert browser.token()
    before, held = dump(world.movr), held_in(browser)
    page = browser.post(path, data=fields if token is None else {**fields, "csrf_token": token})
    assert comes_back(page)
    assert dump(world.movr) == before
    # It says so, and keeps what was typed (test_drafts.py).
    now = held_in(browser)
    for name in ("_flashes", "draft"):
        now.pop(name, None)
        held.pop(name, None)
    assert now == held


@pytest.mark.parametrize("endpoint", FORMS)
def test_the_token_of_another_session_changes_nothing(world, endpoint):
    browser, path, fields = world.forms()[endpoint]
    assert browser.token()
    for other in (join(world.app).client, new_browser(world.app)):
        before = dump(world.movr)
        page = browser.post(path, data={**fields, "csrf_token": other.token()})
        assert comes_back(page)
        assert dump(world.movr) == before


@pytest.mark.parametrize("endpoint", FORMS)
@pytest.mark.parametrize(
    "referrer", ["https://evil.example/", "http://localhost/", "https://localhost.evil.example/"]
)
def test_a_form_from_another_site_changes_nothing(world, endpoint, referrer):
    browser, path, fields = world.forms()[endpoint]
    token = browser.token()
    before = dump(world.movr)
    page = browser.post(path, data={**fields, "csrf_token": token}, headers={"Referer": referrer})
    assert is_refused(page)
    assert "Nothing was changed." in words(page)
    assert dump(world.movr) == before


def test_a_token_in_the_address_does_not_count(world):
    browser, path, fields = world.forms()["vehicles.add_vehicle"]
    before = dump(world.movr)
    assert comes_back(browser.post(f"{path}?csrf_token={browser.token()}", data=fields))
    assert dump(world.movr) == before


def test_a_token_is_good_for_the_whole_session_and_not_for_the_next(app):
    person = join(app)
    token = person.client.token()
    fields = {"csrf_token": token, "type": "bike", "color": "red", "brand": "x", "location": "Spui"}
    for _ in range(2):
        assert person.client.post("/vehicles/add", data=fields).status_code in (302, 303)
    person.client.submit("/logout")
    right = {"username": person.user.username, "password": PASSWORD}
    assert comes_back(person.client.post("/login", data={"csrf_token": token, **right}))
    assert asks_for_login(person.client.get("/rides"))


def test_a_page_carries_another_token_each_time_and_all_of_them_are_good(app):
    browser = join(app).client
    pages = [browser.get(path) for path in ("/vehicles", "/vehicles", "/vehicles/add")]
    tokens = {token_in(page) for page in pages}
    assert len(tokens) == 3
    secret = bytes.fromhex(held_in(browser)["csrf_token"])
    for token in tokens:
        assert browser.post("/city/rome", data={"csrf_token": token}).status_code in (302, 303)
        # Nor is a part of it the same each time.
        assert secret[:6] not in urlsafe_b64decode(token)
    assert all(held_in(browser)["csrf_token"] not in page.text for page in pages)


def test_a_token_as_the_library_writes_it_is_good(app):
    # While a new version is rolled out, its containers meet pages of the version before.
    browser = join(app).client
    browser.get("/vehicles/add")
    signer = URLSafeTimedSerializer(app.config["WTF_CSRF_SECRET_KEY"], salt="wtf-csrf-token")
    token = signer.dumps(held_in(browser)["csrf_token"])
    assert browser.post("/city/rome", data={"csrf_token": token}).status_code in (302, 303)
    other = signer.dumps("ab" * 20)
    browser.post("/city/paris", data={"csrf_token": other})
    assert held_in(browser)["chosen_city"] == "rome"


@pytest.mark.parametrize("path", ["/logout", "/city/rome", "/rides/start/" + "0" * 32])
def test_nothing_is_changed_by_following_a_link(world, path):
    before = dump(world.movr)
    page = world.rider.client.get(path)
    # An id that is not written as our links write it leads nowhere.
    assert page.status_code in (404, 405)
    assert dump(world.movr) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("endpoint", FORMS)
def test_other_methods_are_refused(world, endpoint, method):
    browser, path, fields = world.forms()[endpoint]
    before = dump(world.movr)
    page = browser.submit(path, fields, method=method)
    assert page.status_code == 405
    assert heading(page) == "This link can't be opened directly"
    assert "POST" in page.headers["Allow"]
    assert dump(world.movr) == before
