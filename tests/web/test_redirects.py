"""No address, however it is written, makes a login or the choice of a city lead to another site."""

from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.web.site import is_redirect, join, log_in, new_browser, open_account

# Each of them has left some site through some browser. `evil.example` must never be the host.
HOSTILE = [
    "http://evil.example",
    "https://evil.example/",
    "HTTP://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "\u2028//evil.example",
    "/\u00a0/evil.example",
    "//evil.example\\@localhost",
    "//localhost@evil.example",
    "//evil.example:443/rides",
    "//[::ffff:192.0.2.1]/",
    "http://localhost.evil.example/",
    "http://localhost@evil.example/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "evil.example",
    "rides",
    "?next=//evil.example",
    "#//evil.example",
    "@evil.example",
    ".evil.example",
    "/rides\r\nLocation: https://evil.example",
    "/rides\r\nSet-Cookie: planted=1",
    "/rides#<script>",
    "/r\u0456des",
    "",
    " ",
    "/" + "\\" * 50 + "evil.example",
    "/x" * 3 + "\\..\\..\\evil.example",
]
# These look odd, but stay on the site.
SAFE = [
    "/rides",
    "/vehicles?type=bike&available=1",
    "/users?after=m",
    "/rides?after=2026-11-20T18:49:00%2B00:00~6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    "/%2F/evil.example",
    "/%5Cevil.example",
    "/rides/../users",
]


@pytest.fixture(scope="module")
def name(shared_app):
    """The name of somebody who logs in again and again."""
    return open_account(shared_app.extensions["movr"]).username


def host_after(location):
    """The host that a browser would be on after following a redirect from our pages."""
    # Browsers drop tabs and line ends, and read a backslash as a slash.
    seen = "".join(character for character in location if character not in "\t\r\n")
    return urlsplit(urljoin("https://localhost/login", seen.strip().replace("\\", "/"))).netloc


def test_there_are_enough_of_them():
    assert len(set(HOSTILE)) >= 25


@pytest.mark.parametrize("wanted", HOSTILE, ids=ascii)
def test_a_login_leads_to_our_own_pages_only(shared_app, name, wanted):
    answer = log_in(new_browser(shared_app), name, path=f"/login?next={quote(wanted, safe='')}")
    assert is_redirect(answer, "/vehicles")
    assert host_after(answer.location) == "localhost"
    assert "Set-Cookie: planted" not in str(answer.headers)


@pytest.mark.parametrize("wanted", HOSTILE, ids=ascii)
def test_choosing_a_city_leads_to_our_own_pages_only(shared_app, wanted):
    answer = new_browser(shared_app).submit("/city/rome", {"next": wanted})
    assert is_redirect(answer, "/vehicles")


@pytest.mark.parametrize("wanted", SAFE)
def test_our_own_pages_are_led_to(shared_app, name, wanted):
    answer = log_in(new_browser(shared_app), name, path=f"/login?next={quote(wanted, safe='')}")
    assert is_redirect(answer, wanted)
    assert host_after(wanted) == "localhost"
    assert is_redirect(new_browser(shared_app).submit("/city/rome", {"next": wanted}), wanted)


@pytest.fixture(scope="module")
def logged_in(shared_app):
    """A browser in which somebody is logged in already."""
    return join(shared_app).client


@pytest.mark.parametrize("wanted", [*SAFE, *HOSTILE], ids=ascii)
def test_the_login_page_leads_on_whoever_is_logged_in_already(logged_in, wanted):
    answer = logged_in.get(f"/login?next={quote(wanted, safe='')}")
    assert is_redirect(answer, wanted if wanted in SAFE else "/vehicles")


@pytest.mark.parametrize("wanted", ["//evil.example", "javascript:alert(1)", '"><script>'])
def test_the_login_page_itself_keeps_a_hostile_address_harmless(shared_app, wanted):
    page = new_browser(shared_app).get(f"/login?next={quote(wanted, safe='')}")
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert 'href="//evil' not in page.text
    assert 'href="javascript:' not in page.text


def test_an_address_that_is_asked_for_wrongly_does_not_lead_away(shared_app):
    browser = new_browser(shared_app)
    for path in ("//evil.example/rides", "/rides/", "/users//evil.example"):
        answer = browser.get(path)
        assert answer.status_code == 404 or host_after(answer.location) == "localhost"
