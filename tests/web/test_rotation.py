"""A new secret is rolled in under riders: in each step, each process believes what the others sign.

Two applications on one database are the processes of a rollout: one of each kind at a time.
"""

from collections.abc import Callable
from itertools import product

import pytest
from flask import Flask

from tests.web.site import (
    COOKIE,
    Person,
    SiteClient,
    asks_for_login,
    held_in,
    is_redirect,
    join,
    new_browser,
)
from web.config import Config

OLD = "the secret of yesterday, still believed"
NEW = "the secret of today, for new cookies"

# What deploy/README.md says: the new one is made known, is used, and is the only one.
BEFORE = {"SECRET_KEY": OLD}
KNOWN = {"SECRET_KEY": OLD, "SECRET_KEY_FALLBACKS": (NEW,)}
USED = {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": (OLD,)}
AFTER = {"SECRET_KEY": NEW}

Settings = dict[str, object]
Start = Callable[[Settings], Flask]


@pytest.fixture
def start(new_app, app: Flask, config: Config) -> Start:
    """Start a process with these secrets on the one database."""

    def start(settings: Settings) -> Flask:
        application = new_app(Config(DB_URI=config.DB_URI, **settings))
        application.test_client_class = app.test_client_class
        return application

    return start


def go_on(person: Person, there: Flask) -> SiteClient:
    """The same browser, whose next request reaches another process."""
    browser = new_browser(there)
    cookie = person.client.get_cookie(COOKIE)
    assert cookie
    browser.set_cookie(COOKIE, cookie.value)
    return browser


def choose_rome(browser: SiteClient, token: str):
    """Send a form, with the token that it was opened with."""
    return browser.post("/city/rome", data={"csrf_token": token})


def chooses_rome(browser: SiteClient, token: str) -> bool:
    """Send it, and say whether it has counted."""
    choose_rome(browser, token)
    return held_in(browser).get("chosen_city") == "rome"


@pytest.mark.parametrize(
    "side_by_side",
    [(BEFORE, KNOWN), (KNOWN, USED), (USED, AFTER)],
    ids=["made known", "used", "the only one"],
)
def test_what_either_process_signs_counts_at_the_other_in_each_step(start, side_by_side):
    for here, there in product(map(start, side_by_side), repeat=2):
        rider = join(here)
        token = rider.client.token()
        browser = go_on(rider, there)
        assert browser.get("/rides").status_code == 200
        assert choose_rome(browser, token).status_code in (302, 303)
        # The other process has signed the cookie anew, and the first one takes it back.
        assert is_redirect(
            go_on(Person(rider.user, browser, rider.movr), here).get("/"), "/vehicles"
        )


def test_new_secret_is_not_used_before_everybody_knows_it(start):
    rider = join(start(KNOWN))
    token = rider.client.token()
    assert choose_rome(go_on(rider, start(BEFORE)), token).status_code in (302, 303)


def test_form_opened_before_a_switch_without_the_first_step_still_counts(start):
    rider = join(start(BEFORE))
    token = rider.client.token()
    assert choose_rome(go_on(rider, start(USED)), token).status_code in (302, 303)


def test_new_tokens_are_signed_with_the_new_secret(start):
    rider = join(start(USED))
    token = rider.client.token()
    assert choose_rome(go_on(rider, start(AFTER)), token).status_code in (302, 303)
    refused = go_on(rider, start(BEFORE))
    assert asks_for_login(refused.get("/rides"))
    assert not chooses_rome(refused, token)


def test_old_cookies_are_refused_once_the_old_secret_is_dropped(start):
    rider = join(start(KNOWN))
    there = start(AFTER)
    assert asks_for_login(go_on(rider, there).get("/rides"))


def test_token_signed_with_a_strangers_secret_is_refused(start):
    stranger = start({"SECRET_KEY": "z" * 32})
    rider = join(start(USED))
    browser = go_on(rider, start(USED))
    assert not chooses_rome(browser, new_browser(stranger).token())
    assert chooses_rome(browser, browser.token())
