"""The frame around every page: its head, the menu, and the foot that says where the page is of."""

import pytest

from tests.support.page_tree import Page, parsed
from tests.web.site import join, new_browser

VISITOR = ("Vehicles", "Log in", "Sign up")
RIDER = ("Vehicles", "Rides", "Share", "Riders", "Profile")


def menu_of(page: Page) -> dict[str, str | None]:
    """The links of the menu, and what each says of the page that is open."""
    (menu,) = [nav for nav in page.all("nav") if nav.get("aria-label") == "Main"]
    return {"".join(link.itertext()): link.get("aria-current") for link in menu.iter("a")}


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/vehicles", {"Vehicles": "page"}),
        ("/login", {"Log in": "page"}),
        ("/register", {"Sign up": "page"}),
        ("/help", {}),
    ],
)
def test_menu_shows_visitors_where_they_are(visitor, path, here):
    page = parsed(visitor.get(path).text)
    assert menu_of(page) == dict.fromkeys(VISITOR) | here
    (header,) = page.all("header")
    assert "has-tabs" not in header.get("class", "")


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/rides", {"Rides": "page"}),
        ("/rides/months", {"Rides": "true"}),
        ("/vehicles/add", {"Share": "page"}),
        ("/users", {"Riders": "page"}),
        ("/users/password/{id}", {"Profile": "true"}),
    ],
)
def test_menu_shows_riders_where_they_are_and_leads_to_their_own_profile(app, path, here):
    for rider in (join(app), join(app)):
        page = parsed(rider.client.get(path.format(id=rider.user.id)).text)
        assert menu_of(page) == dict.fromkeys(RIDER) | here
        assert f"/users/{rider.user.id}" in {link.get("href") for link in page.all("a")}
        # On a phone the menu is at the bottom, and the page leaves room for it.
        (header,) = page.all("header")
        assert "has-tabs" in header.get("class", "")


def test_foot_says_which_city_the_page_is_of_and_who_served_it(app):
    for city, region, label in (
        ("amsterdam", "gcp-europe-west1", "Amsterdam"),
        ("new york", "gcp-us-east1", "New York"),
    ):
        page = parsed(new_browser(app).get("/vehicles", headers={"X-City": city}).text)
        (footer,) = page.all("footer")
        (place,) = footer.iter("p")
        assert (place.get("title"), place.text) == (f"Served from {region}", label)


def test_head_says_that_a_page_is_light_or_dark(visitor):
    page = parsed(visitor.get("/vehicles").text)
    named = {meta.get("name"): meta.get("content") for meta in page.all("meta")}
    assert named["color-scheme"] == "light dark"
    assert named["description"] == "Bikes, scooters and skateboards to share, in your city."


def test_page_of_an_error_has_nothing_but_the_name_of_the_site(app):
    page = parsed(join(app).client.get("/no-such-page").text)
    (header,), (footer,) = page.all("header"), page.all("footer")
    assert [link.get("href") for link in header.iter("a")] == ["/"]
    assert page.all("nav") == []
    assert list(footer.iter("p")) == []
    assert [link.get("href") for link in footer.iter("a")] == ["/help", "/terms", "/privacy"]
