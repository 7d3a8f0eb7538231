"""Lists of 60 things, read page by page: nothing is missing, nothing comes twice."""

import re

import pytest

from tests.web.site import join, links, next_link, open_account, words

COUNT = 60
AMSTERDAM = {"X-City": "Amsterdam"}


@pytest.fixture(scope="module")
def keeper(shared_app):
    """An owner of 60 bikes and 5 scooters, with 60 past rides, in a city of 60 other riders."""
    person = join(shared_app, "keeper")
    bikes = [person.add_vehicle(location=f"Quay {number:02}") for number in range(COUNT)]
    for number in range(5):
        person.add_vehicle("scooter", "blue", f"Bridge {number:02}")
    for number in range(COUNT):
        person.end_ride(person.start_ride(bikes[number % 7]), f"Stop {number:02}")
        open_account(person.movr, f"reader-{number:02}")
    return person


def walk(client, path, pattern, most=10):
    """What a pattern finds on each page of a list, the pages read as a person clicks."""
    pages = []
    while path and len(pages) < most:
        page = client.get(path, headers=AMSTERDAM)
        assert page.status_code == 200
        pages.append(re.findall(pattern, words(page)))
        path = next_link(page)
    return pages


def test_sixty_riders_come_once_each_in_order(keeper):
    pages = walk(keeper.client, "/users", r"(?<!-)reader-\d\d")
    assert [name for page in pages for name in page] == [f"reader-{n:02}" for n in range(COUNT)]
    assert len(pages) == 3


def test_sixty_vehicles_come_once_each_to_riders_and_visitors(keeper, shared_app):
    expected = sorted(
        [f"Stop {number:02}" for number in range(53, 60)]
        + [f"Quay {number:02}" for number in range(7, COUNT)]
        + [f"Bridge {number:02}" for number in range(5)]
    )
    for client in (keeper.client, shared_app.test_client()):
        pages = walk(client, "/vehicles", r"(?:Quay|Bridge|Stop) \d\d")
        assert sorted(place for page in pages for place in page) == expected
        assert [len(page) for page in pages] == [24, 24, 17]


@pytest.mark.parametrize("query", ["type=bike", "type=bike&available=1", "available=1&type=bike"])
def test_filters_are_kept_from_page_to_page(keeper, query):
    pages = walk(keeper.client, f"/vehicles?{query}", r"(?:Quay|Bridge|Stop) \d\d")
    places = [place for page in pages for place in page]
    assert len(places) == len(set(places)) == COUNT
    assert not [place for place in places if place.startswith("Bridge")]


def test_a_page_leads_back_to_the_first_with_its_filters(keeper):
    second = keeper.client.get(next_link(keeper.client.get("/vehicles?type=bike&available=1")))
    assert links(second)["First page"] == "/vehicles?type=bike&available=1"
    first = keeper.client.get("/vehicles?type=bike&available=1")
    assert "First page" not in links(first)


def test_sixty_rides_come_once_each_newest_first(keeper):
    pages = walk(keeper.client, "/rides", r" to (Stop \d\d)")
    assert [place for page in pages for place in page] == [
        f"Stop {number:02}" for number in reversed(range(COUNT))
    ]
    assert [len(page) for page in pages] == [24, 24, 12]


def test_an_owners_vehicles_come_once_each(keeper):
    path = f"/users/{keeper.user.id}"
    pages = walk(keeper.client, path, r"(?:Quay|Bridge|Stop) \d\d")
    places = [place for page in pages for place in page]
    assert len(places) == len(set(places)) == COUNT + 5


def test_a_short_list_has_no_pages(keeper, shared_app):
    page = shared_app.test_client().get("/vehicles?type=scooter", headers=AMSTERDAM)
    assert "Bridge 04" in words(page)
    assert next_link(page) is None


def test_past_the_end_of_a_list_is_an_empty_page_and_the_way_back(keeper):
    page = keeper.client.get("/users?after=zzzz")
    assert page.status_code == 200
    assert links(page).get("First page", "/users") == "/users"
