"""The vehicle that a visitor tapped is still there after the login or the sign-up."""

from urllib.parse import quote

import pytest

from tests.support.page_tree import parsed
from tests.web.site import PASSWORD, field, is_redirect, join, links, open_account, words
from tests.web.test_redirects import HOSTILE, SAFE

NEW = {
    "city": "rome",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "username": "ada",
    "password": "an engine of difference",
}


@pytest.fixture
def vehicle(owner):
    return owner.add_vehicle("scooter", "blue", "Rokin")


def tap(visitor, vehicle, path):
    """Follow the link of this vehicle's card."""
    visitor.environ_base["HTTP_X_CITY"] = "Amsterdam"
    page = parsed(visitor.get(path).text)
    (card,) = page.by_id[f"v{vehicle}"]
    (link,) = [link for link in card.iter("a") if "/login" in link.get("href", "")]
    return visitor.get(link.get("href"))


@pytest.mark.parametrize("path", ["/", "/vehicles?type=scooter"])
def test_login_leads_back_to_the_vehicle_in_its_city(visitor, movr, vehicle, path):
    user = open_account(movr, city="rome")
    page = tap(visitor, vehicle, path)
    answer = visitor.press(page, "Log in", username=user.username, password=PASSWORD)
    del visitor.environ_base["HTTP_X_CITY"]
    assert answer.location.startswith("/vehicles")
    assert answer.location.endswith(f"#v{vehicle}")
    # Also if nobody says where the rider is, whose home is elsewhere.
    assert f'formaction="/rides/start/{vehicle}"' in visitor.get(answer.location).text


def test_sign_up_leads_back_to_the_vehicle_and_login_and_sign_up_to_each_other(visitor, vehicle):
    login = tap(visitor, vehicle, "/vehicles?type=scooter")
    page = visitor.get(next(to for to in links(login).values() if to.startswith("/register?")))
    assert login.request.full_path in links(page).values()
    refused = visitor.press(page, "Sign up", **NEW | {"email": "nobody"})
    assert refused.status_code == 422
    assert field(refused, "email").get("value") == "nobody"
    answer = visitor.press(refused, "Sign up", **NEW)
    del visitor.environ_base["HTTP_X_CITY"]
    assert is_redirect(answer, f"/vehicles?type=scooter#v{vehicle}")
    page = visitor.get(answer.location)
    assert "Welcome to MovR, Ada." in words(page)
    assert f'formaction="/rides/start/{vehicle}"' in page.text


@pytest.fixture(scope="module")
def logged_in(shared_app):
    """A browser in which somebody is logged in already."""
    return join(shared_app).client


@pytest.mark.parametrize("wanted", [*SAFE, *HOSTILE, "/vehicles#v1#v2", "/x#/"], ids=ascii)
def test_sign_up_leads_to_our_own_pages_only(logged_in, wanted):
    answer = logged_in.get(f"/register?next={quote(wanted, safe='')}")
    assert is_redirect(answer, wanted if wanted in SAFE else "/vehicles")
