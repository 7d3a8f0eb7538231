"""What nobody types by mistake, in every field of every form: refused with a helpful sentence."""

import pytest

from tests.web.missing import MISSING
from tests.web.site import dump, error_at, field, join, new_browser, words
from tests.web.world import build_world

NEW_USER = {
    "city": "rome",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "username": "ada",
    "password": "an engine of difference",
}
NEW_VEHICLE = {"type": "bike", "color": "red", "brand": "Cargo", "location": "Spui"}

CANNOT_SHOW = "This contained characters that can't be shown. Check what is left."
CHOOSE = {"city": "Choose a city.", "type": "Choose a type."}
LONGEST = {
    "first_name": 64,
    "last_name": 64,
    "username": 32,
    "color": 64,
    "brand": 64,
    "location": 120,
    "email": 254,
}

BLANKS = ["", "   ", "\t\r\n", "\u00a0\u3000"]
UNSHOWABLE = {
    "NUL": "a\0b",
    "only NUL": "\0",
    "escape": "\x1b[31mred",
    "line feed": "two\nlines",
    "DEL": "a\x7fb",
    "C1": "a\x85b",
    "right to left": "evil\u202egnp.exe",
    "isolate": "a\u2066b",
    "no character": "a\ufffeb",
    "line separator": "two\u2028lines",
    "paragraph separator": "two\u2029lines",
}
INVISIBLE = {
    "zero-width blank": "\u200b",
    "kept for later": "\u2065\ufff0",
    "hieroglyph blank": "\U00013441",
    "joiners": "\u200c\u200d",
    "soft hyphens": "\u00ad\u00ad",
    "byte order mark": "\ufeff",
    "blanks within joiners": "\u2060 \u2060",
    "Hangul filler": "\u3164",
    "Hangul fillers in halves": "\u115f\u1160\uffa0",
    "Braille blank": "\u2800",
    "note without a head": "\U0001d159",
    "place of an object": "\ufffc",
    "variation selectors": "\ufe0f\U000e0100",
    "tags": "\U000e0041\U000e007f",
    "unassigned tag": "\U000e0fff",
    "accent alone": "\u0301",
    "circle around nothing": "\u20dd",
    "private character": "\ue000",
    "marks of direction": "\u200e\u200f\u061c",
}
# With joiners, accents, selectors and tags where they belong.
VISIBLE = [
    *("A", "7", "-", "é", "e\u0301", "Zoë", "한", "\u1112\u1161\u11ab", "\u0645\u06cc\u200c\u062e"),
    *("क\u094d\u200dष", "\u2764\ufe0f", "👩\u200d🚀", "🏴\U000e0067\U000e0062\U000e007f", "\u2801"),
]
HUGE = "x" * 60_000


@pytest.fixture(scope="module")
def world(shared_app):
    return build_world(shared_app)


# Every form with texts, and which of its fields these are.
TEXTS = {
    "sign up": ("first_name", "last_name", "email", "username"),
    "change account": ("first_name", "last_name", "email"),
    "share vehicle": ("color", "brand", "location"),
    "change vehicle": ("color", "brand", "location"),
    "end ride": ("location",),
}


def send(world, form, **changed):
    """The page after a form in which some fields hold this, and all others something good."""
    rider, owner = world.rider.client, world.owner.client
    browser, path, fields = {
        "sign up": (new_browser(world.app), "/register", NEW_USER),
        "change account": (owner, f"/users/change/{world.owner.user.id}", NEW_USER),
        "share vehicle": (rider, "/vehicles/add", NEW_VEHICLE),
        "change vehicle": (owner, f"/vehicles/change/{world.free_vehicle}", NEW_VEHICLE),
        "end ride": (rider, f"/rides/end/{world.ride.id}", {"city": "amsterdam"}),
    }[form]
    return browser.submit(path, fields | changed)


def refused(world, form, before, **changed):
    """The sentences at these fields after a refusal that has changed nothing."""
    page = send(world, form, **changed)
    assert page.status_code == 422
    assert dump(world.movr) == before
    return {name: error_at(page, name) for name in changed}


@pytest.fixture
def before(world):
    return dump(world.movr)


@pytest.mark.parametrize("blank", BLANKS, ids=repr)
def test_a_blank_text_is_to_be_filled_in(world, before, blank):
    for form, names in TEXTS.items():
        expected = {name: MISSING[name] for name in names}
        if form == "end ride":
            expected["location"] = "Describe where the vehicle is."
        assert refused(world, form, before, **dict.fromkeys(names, blank)) == expected


@pytest.mark.parametrize("form", TEXTS)
def test_a_text_that_is_too_long_is_to_be_shortened(world, before, form):
    expected = {name: f"Use at most {LONGEST[name]} characters." for name in TEXTS[form]}
    too_long = {name: "x" * (LONGEST[name] + 1) for name in TEXTS[form]}
    assert refused(world, form, before, **too_long) == expected
    for name in TEXTS[form]:
        assert refused(world, form, before, **{name: HUGE}) == {name: expected[name]}


@pytest.mark.parametrize("what", UNSHOWABLE)
def test_characters_that_cannot_be_shown_are_refused_and_not_sent_back(world, before, what):
    for form, names in TEXTS.items():
        page = send(world, form, **dict.fromkeys(names, UNSHOWABLE[what]))
        assert page.status_code == 422
        assert dump(world.movr) == before
        for name in names:
            shown = field(page, name).get("value")
            sent = set(UNSHOWABLE[what]) & set("\0\x1b\n\x7f\x85\u202e\u2066\ufffe\u2028\u2029")
            assert not sent & set(shown), (form, name)
            # Whatever else is wrong with it, such as that no username may contain them.
            assert error_at(page, name) == CANNOT_SHOW, (form, name)


@pytest.mark.parametrize("what", INVISIBLE)
def test_text_that_nobody_would_see_is_refused(world, before, what):
    for form, names in TEXTS.items():
        sent = dict.fromkeys(names, INVISIBLE[what])
        expected = dict.fromkeys(names, "Nobody could see this. Use letters, digits or symbols.")
        assert refused(world, form, before, **sent) == expected


@pytest.mark.parametrize("text", VISIBLE)
def test_text_of_any_script_is_kept_as_it_was_typed(shared_app, text):
    rider = join(shared_app)
    details = {"first_name": text, "last_name": text, "email": rider.user.email}
    assert rider.client.submit(f"/users/change/{rider.user.id}", details).status_code in (302, 303)
    after = rider.movr.get_user(city=rider.user.city, user_id=rider.user.id)
    assert (after.first_name, after.last_name) == (text, text)


@pytest.mark.parametrize("value", ["", " ", "gotham", "Rome", "rome ", "\0", HUGE, "1; DROP TABLE"])
def test_what_is_not_offered_cannot_be_chosen(world, before, value):
    assert refused(world, "sign up", before, city=value) == {"city": CHOOSE["city"]}
    assert refused(world, "share vehicle", before, type=value) == {"type": CHOOSE["type"]}


def test_nothing_at_all_is_refused_at_every_field(world, before):
    page = new_browser(world.app).submit("/register", {})
    assert page.status_code == 422
    texts = ("first_name", "last_name", "email", "username", "password")
    for name in texts:
        assert error_at(page, name) == MISSING[name]
    assert error_at(page, "city") == CHOOSE["city"]
    page = world.rider.client.submit("/vehicles/add", {})
    assert page.status_code == 422
    for name in ("color", "brand", "location"):
        assert error_at(page, name) == MISSING[name]
    assert error_at(page, "type") == CHOOSE["type"]
    assert dump(world.movr) == before


def test_an_account_is_not_opened_in_a_city_that_was_only_guessed(world, before):
    fields = {name: value for name, value in NEW_USER.items() if name != "city"}
    page = new_browser(world.app).submit("/register", fields, headers={"X-City": "Rome"})
    assert page.status_code == 422
    assert error_at(page, "city") == CHOOSE["city"]
    assert dump(world.movr) == before


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", MISSING["password"]),
        ("short", "Use at least 8 characters."),
        ("x" * 7, "Use at least 8 characters."),
        ("x" * 129, "Use at most 128 characters."),
        (HUGE, "Use at most 128 characters."),
        ("lovelace1843", "Choose a password that isn't your username or email."),
        ("LOVELACE1843", "Choose a password that isn't your username or email."),
        ("LoveLace1843", "Choose a password that isn't your username or email."),
        ("ada@example.com", "Choose a password that isn't your username or email."),
        ("ADA@Example.com", "Choose a password that isn't your username or email."),
    ],
)
def test_weak_passwords_are_refused_and_never_sent_back(world, before, password, sentence):
    fields = NEW_USER | {"username": "Lovelace1843", "password": password}
    page = new_browser(world.app).submit("/register", fields)
    assert page.status_code == 422
    assert error_at(page, "password") == sentence
    assert not field(page, "password").get("value")
    assert dump(world.movr) == before


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada example@example.com",
        "ada@exa mple.com",
        "ada@@example.com",
        "ada@example..com",
        "ada@-example.com",
        ".ada@example.com",
        "ada@example.com, bob@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\r\nBcc: all@example.com",
        "javascript:alert(1)",
        "=?utf-8?q?x=0A?=@example.org",
        "=?utf-8?q?victim=40target=2Eorg=2C?=@example.org",
    ],
)
def test_addresses_that_are_none_are_refused(world, before, email):
    sentence = refused(world, "sign up", before, email=email)["email"]
    assert sentence in ("Enter an email address such as name@example.com.", CANNOT_SHOW)


def test_an_address_that_few_mail_servers_take_is_refused(world, before):
    sentence = refused(world, "sign up", before, email="ünï@example.org")["email"]
    assert sentence == "Use only letters from A to Z, digits and symbols before the @."


@pytest.mark.parametrize(
    ("username", "sentence"),
    [
        ("ab", "at least 3 characters"),
        ("a da", "letters from A to Z"),
        ("ada!", "letters from A to Z"),
        ("-ada", "letters from A to Z"),
        ("ada/lovelace", "letters from A to Z"),
        ("<b>ada</b>", "letters from A to Z"),
        ("ädä", "letters from A to Z"),
        ("аda", "letters from A to Z"),  # noqa: RUF001 (the first letter is Cyrillic)
        ("ada\u200b", "letters from A to Z"),
        ("ada' OR 1=1 --", "letters from A to Z"),
        ("../../etc/passwd", "letters from A to Z"),
    ],
)
def test_usernames_that_riders_could_not_tell_or_type_are_refused(
    world, before, username, sentence
):
    assert sentence in refused(world, "sign up", before, username=username)["username"]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"'><img src=x>", "{{ 7*7 }}", "%s"]
)
def test_what_is_typed_is_shown_as_it_is_and_never_as_a_part_of_the_page(app, text):
    person = join(app)
    answer = person.client.submit("/vehicles/add", NEW_VEHICLE | {"location": text, "brand": text})
    assert answer.status_code in (302, 303)
    assert words(person.client.get(answer.location)).count(text) >= 2
    assert (
        words(new_browser(app).get("/vehicles", headers={"X-City": "amsterdam"})).count(text) >= 2
    )
    page = person.client.submit("/vehicles/add", NEW_VEHICLE | {"location": text, "brand": ""})
    assert field(page, "location").get("value") == text


@pytest.mark.parametrize("text", ["Straße 😀 東京", "عربي", "O'Brien", "x" * 64, "🚲" * 64])
def test_texts_of_all_languages_are_welcome(app, text):
    browser = new_browser(app)
    assert browser.submit("/register", NEW_USER | {"first_name": text}).status_code in (302, 303)
    assert text in words(browser.get("/users"))
