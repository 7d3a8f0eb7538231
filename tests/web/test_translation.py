"""Nothing that a person reads is left outside the catalogue.

Pages are asked for in a language in which every text of the catalogue stands in brackets. What does
not is somebody's own words, the name of a place, or a text that was forgotten.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from babel import Locale
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask
from werkzeug.test import TestResponse

from movr.places import PLACES
from movr.regions import CITIES, REGIONS
from tests.support.page_tree import parsed
from tests.web.site import PASSWORD, dump, new_browser
from tests.web.world import FORMS, World, build_world, calls, path_of
from web import error_pages, errors, translation
from web.translation import LazyString

ROOT = Path(__file__).parents[2]
# A language with more plurals than two.
LANGUAGE = "pl"
HERE = {"Accept-Language": LANGUAGE, "X-City": "Amsterdam"}
_READ_OUT = ("alt", "aria-label", "placeholder", "title")
_IN_BRACKETS = re.compile(r"«[^«»]*»")
# And the numbers of vehicles, which are for everybody the same.
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[A-Z]{2}-[2-9A-Z]{4}\b")


@pytest.fixture(scope="module", autouse=True)
def _catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have a language that puts every text in brackets."""
    folder = tmp_path_factory.mktemp("catalogues") / LANGUAGE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (ROOT / "translations/messages.pot").open("rb") as template:
        catalogue = read_po(template, locale=LANGUAGE)
    for message in catalogue:
        if message.pluralizable:
            one, many = message.id
            message.string = (f"«{one}»", *[f"«{many}»"] * (catalogue.num_plurals - 1))
        elif message.id:
            message.string = f"«{message.id}»"
    with (folder / "messages.mo").open("wb") as compiled:
        write_mo(compiled, catalogue)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "CATALOGUES", str(folder.parents[1]))
        yield


@pytest.fixture(scope="module")
def world(shared_app: Flask) -> World:
    """Somebody has a history, on a device of its own."""
    world = build_world(shared_app)
    world.owner.end_ride(world.owner.start_ride(world.owner.add_vehicle(location="Spui")))
    return world


def _text(element: Element) -> str:
    if not isinstance(element.tag, str) or element.tag in ("script", "style"):
        return ""
    if element.get("aria-hidden") == "true":
        return ""
    return (element.text or "") + "".join(_text(each) + (each.tail or "") for each in element)


def texts(page: TestResponse) -> Iterator[str]:
    """All that a page shows, or has read out, or gives to its scripts."""
    tree = parsed(page.text)
    # In one, for a sentence may have parts that stand out.
    yield _text(tree.root)
    for element in tree.elements:
        yield from (element.get(name, "") for name in _READ_OUT)
        if element.get("name") == "description":
            yield element.get("content", "")
        if element.get("type") == "submit":
            yield element.get("value", "")
        for name, value in element.attrib.items():
            if name.startswith("data-text"):
                forms = value.split("\n")
                yield from forms[1::2] or forms


def own_words(world: World) -> list[str]:
    """What people and places are called, the longest first."""
    rows = [row for table in dump(world.movr).values() for row in table]
    found = {value for row in rows for value in row if isinstance(value, str)}
    found |= {city.label for city in CITIES.values()} | set(REGIONS)
    found |= set(Locale(LANGUAGE).months["stand-alone"]["wide"].values())
    found |= {place.name for places in PLACES.values() for place in places}
    found |= {"MovR", "Unknown browser", "{color}"} | {value.capitalize() for value in found}
    return sorted(found, key=len, reverse=True)


def forgotten(page: TestResponse, world: World) -> set[str]:
    """The texts of a page that are neither in brackets nor somebody's own."""
    own = own_words(world)
    found = set()
    for text in texts(page):
        left = _ID.sub("", text)
        while left != (left := _IN_BRACKETS.sub("", left)):
            pass
        for words in own:
            left = left.replace(words, "")
        if re.search(r"[^\W\d_]", left):
            found.add(" ".join(left.split()))
    return found


def pages(world: World) -> list[str]:
    """Every page there is, and some of them in other states."""
    owner, rider = world.owner, world.rider
    (ride,) = world.movr.get_rides(
        cities=["amsterdam"], rider_city="amsterdam", rider_id=owner.user.id
    ).rows
    found = {path_of(rule) for method, rule in calls(world.app) if method == "GET"}
    own = {
        f"{path}/{person.user.id}"
        for path in ("/users", "/users/change", "/users/password")
        for person in (owner, rider)
    }
    states = {
        f"/rides/{ride.id}",
        f"/vehicles/change/{world.free_vehicle}?city=amsterdam",
        "/vehicles?near=52.373,4.893",
        "/vehicles?near=48.8,2.3",
        "/vehicles?near=52.373,4.893&type=skateboard",
        "/vehicles?type=skateboard",
        "/vehicles?after=nonsense",
        "/rides?everywhere=1",
        "/rides/months?everywhere=1",
        "/rides/months?year=2020",
        "/login?next=/rides",
    }
    return sorted(found | own | states)


def test_no_text_of_a_page_is_left_out(world: World):
    seen = 0
    for path in pages(world):
        for client in (new_browser(world.app), world.owner.client, world.rider.client):
            page = client.get(path, headers=HERE)
            if page.mimetype != "text/html" or not page.text.startswith("<!DOCTYPE"):
                continue
            assert f'<html lang="{LANGUAGE}">' in page.text, path
            assert forgotten(page, world) == set(), path
            seen += 1
    assert seen > 60


@pytest.mark.parametrize("endpoint", FORMS)
def test_no_answer_to_a_form_is_left_out(world: World, endpoint: str):
    client, path, fields = world.forms()[endpoint]
    for sent in ({}, dict.fromkeys(fields, "x" * 999), fields):
        page = client.submit(path, sent, headers=HERE, follow_redirects=True)
        assert f'<html lang="{LANGUAGE}">' in page.text
        assert forgotten(page, world) == set()
    if endpoint in ("logins.logout", "logins.end_sessions"):
        client.submit("/login", {"username": world.owner.user.username, "password": PASSWORD})


def test_page_of_a_busy_server_says_nothing_but_texts_of_the_catalogue(app: Flask):
    # It is made before any request, and so in the default language.
    _, _, body = errors.busy_response(app).partition(b"\r\n\r\n")
    with (ROOT / "translations/messages.pot").open("rb") as template:
        known = {str(message.id) for message in read_po(template)} | {"MovR", "Error 503", ""}
    tree = parsed(body.decode())
    shown = (element.text or "" for element in tree.all("title", "h1", "p", "a"))
    said = {" ".join(text.split()).removesuffix(" · MovR") for text in shown}
    assert "We're very busy right now" in said
    assert said <= known


def test_every_error_can_be_translated():
    tables = (error_pages.DOMAIN_ERRORS, error_pages.LIMITS, error_pages.HTTP_ERRORS)
    for page in (*(page for table in tables for page in table.values()), error_pages.CSRF):
        for text in (page.heading, page.sentence, page.link_text):
            assert isinstance(text, LazyString), text


def test_scripts_have_no_texts_of_their_own():
    # A sentence, or a word that begins as one. What is thrown, nobody reads.
    text = re.compile(r"""["'`][A-Z][a-z]+[ .a-z][^"'`]*["'`]""")
    for script in (ROOT / "static/js").glob("*.js"):
        code = re.sub(r"//.*|new Error\([^)]*\)", "", script.read_text())
        keys = {"Escape", "Enter"}
        assert {found.strip("\"'`") for found in text.findall(code)} <= keys, script.name


def test_text_of_a_catalogue_is_escaped_and_has_its_context():
    catalogue = Catalog(locale="en")
    catalogue.add("Ride", "a <i>ride</i>")
    catalogue.add("Ride", "to ride", context="button")
    file = io.BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    language = translation._Language(Locale("en"), "en", Translations(file))
    assert language.escaped(None, "Ride") == "a &lt;i&gt;ride&lt;/i&gt;"
    assert language.escaped("button", "Ride") == "to ride"


def test_cards_of_a_list_are_kept_for_each_language(world):
    for headers, is_bracketed in (({"X-City": "Amsterdam"}, False), (HERE, True)):
        page = parsed(new_browser(world.app).get("/vehicles", headers=headers).text)
        cards = [
            each for each in page.elements if "vehicle-card" in (each.get("class") or "").split()
        ]
        assert cards
        assert all(("«" in _text(card)) == is_bracketed for card in cards)
