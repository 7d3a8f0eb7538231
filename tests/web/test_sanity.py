"""What no browser sends: refused with 400 or 415 and one line in the log, and nothing changed."""

import io
import json
import logging
import secrets

import pytest
import requests
from werkzeug.test import EnvironBuilder, run_wsgi_app

from movr import MovR
from tests.support.gunicorn_server import GunicornServer
from tests.support.processes import wait_until
from tests.web.site import dump, heading
from tests.web.world import build_world

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
PART = b"--x\r\nContent-Disposition: form-data%b\r\n\r\nada\r\n"
END = b"--x--\r\n"
USERNAME = b'; name="username"'

# What a form's body is not: (type, body, status).
BODIES = {
    "a number in JSON": ("application/json", b'{"username": 5}', 415),
    "a list in JSON": ("application/json", b"[1, 2]", 415),
    "a lone surrogate in JSON": ("application/json", rb'{"username": "\ud800"}', 415),
    "lists in JSON": ("application/vnd.api+json", b'{"city": [{}], "type": [null]}', 415),
    "half of JSON": ("application/json", b"{", 415),
    "no JSON": ("application/json", b"", 415),
    "plain text": ("text/plain", b"username=ada", 415),
    "a type that is none": (";;,", b"username=ada", 415),
    "no type": ("", b"username=ada", 415),
    "other parts": ("multipart/mixed; boundary=x", PART % USERNAME + END, 415),
    "not UTF-8": (URLENCODED, b"username=\xff", 400),
    "no boundary": ("multipart/form-data", PART % USERNAME + END, 400),
    "a boundary that is not ASCII": (
        "multipart/form-data; boundary=\xff",
        PART % USERNAME + END,
        400,
    ),
    "another boundary": ("multipart/form-data; boundary=y", PART % USERNAME + END, 400),
    "no end": (MULTIPART, PART % USERNAME, 400),
    "a part without a name": (MULTIPART, PART % b"" + END, 400),
    "a part without its header": (MULTIPART, b"--x\r\n\r\nada\r\n" + END, 400),
    "a header that is not UTF-8": (MULTIPART, PART % b'; name="\xff"' + END, 400),
    "a file": (MULTIPART, PART % (USERNAME + b'; filename="a"') + END, 400),
    "a file without a name": (MULTIPART, PART % b'; filename="a"' + END, 400),
    "more parts than fields": (MULTIPART, PART % USERNAME * 101 + END, 413),
}
# Odd, but forms: half a percent, overlong UTF-8, no name, many fields, separators only.
ODD_FORMS = (
    b"username=%&password=%f",
    b"username=%c0%af&password=%ed%a0%80",
    b"=ada",
    b"&".join(b"field%d=x" % number for number in range(1000)),
    b"&&&&====",
)
# The libraries read these before MovR does.
FORMS_OF_VISITORS = ("/login", "/register", "/city/rome")
NO_HOSTS = ("a..b", ".", "a..", "x" * 64)
# Not even the test client can say what the URLs of these are.
NO_ADDRESSES = ("[:::]", "[1:2:3:4:5:6:7:8:9]")
NO_REFERRERS = ("https://localhost:abc/", "https://localhost:65536/", "https://[", "https://[v]/")


@pytest.fixture(scope="module")
def world(shared_app):
    return build_world(shared_app)


@pytest.fixture
def forms(world):
    """Every form of the site, as (browser, path, fields, a good token)."""
    return [
        (browser, path, fields, browser.token()) for browser, path, fields in world.forms().values()
    ]


@pytest.fixture
def ask(world, forms, caplog):
    """Open a page; in the end nothing has changed and the log has one line for each of them."""
    before, asked = dump(world.movr), []

    def ask(browser, path, **options):
        asked.append(path)
        return browser.open(path, **options)

    with caplog.at_level(logging.INFO):
        yield ask
    records = caplog.get_records("call")
    assert len([record for record in records if record.name == "movr.requests"]) == len(asked)
    assert [record for record in records if record.levelno >= logging.WARNING] == []
    assert dump(world.movr) == before


def refuse(ask, forms, kind, body, status):
    for browser, path, _fields, token in forms:
        # With a good token, so that it is not for the lack of one, and without.
        for headers in ({"X-CSRFToken": token}, {}):
            options = {"data": body, "content_type": kind, "headers": headers}
            assert ask(browser, path, method="POST", **options).status_code == status


@pytest.mark.parametrize(("kind", "body", "status"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_form_is_refused(ask, forms, kind, body, status):
    refuse(ask, [form for form in forms if form[1] in FORMS_OF_VISITORS], kind, body, status)


@pytest.mark.parametrize("what", ["a list in JSON", "not UTF-8", "more parts than fields"])
def test_a_body_that_is_no_form_is_refused_everywhere(ask, forms, what):
    refuse(ask, forms, *BODIES[what])


def test_the_page_says_that_only_forms_can_be_sent(visitor):
    page = visitor.post("/login", json={"username": "ada"})
    assert heading(page) == "This isn't a form"


@pytest.mark.parametrize("body", ODD_FORMS)
def test_a_form_that_can_be_read_is_answered_as_one(ask, forms, body):
    (login,) = (form for form in forms if form[1] == "/login")
    browser, path, _fields, token = login
    options = {"data": body, "content_type": URLENCODED, "headers": {"X-CSRFToken": token}}
    assert ask(browser, path, method="POST", **options).status_code == 422


def test_a_file_among_good_fields_is_refused(ask, forms):
    for browser, path, fields, token in forms:
        data = fields | {"csrf_token": token, "photo": (io.BytesIO(b"x"), "bike.png")}
        assert ask(browser, path, method="POST", data=data).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/vehicles", 200),
        ("HEAD", "/vehicles", 200),
        ("PUT", "/login", 405),
        ("POST", "/vehicles", 405),
        ("POST", "/nothing", 404),
    ],
)
def test_only_what_takes_forms_asks_for_one(world, ask, method, path, status):
    options = {"data": b"[1, 2]", "content_type": "application/json"}
    assert ask(world.rider.client, path, method=method, **options).status_code == status


@pytest.mark.parametrize("host", NO_HOSTS)
def test_a_host_that_is_none_is_refused(world, ask, forms, host):
    headers = {"Host": host, "Referer": f"https://{host}/"}
    for path in ("/login", "//login", "/static/js/theme.js", "/nothing"):
        answer = ask(world.rider.client, path, headers=headers)
        assert answer.status_code == 400
        assert answer.text == "MovR doesn't serve this host name.\n"
    for browser, path, fields, token in forms:
        data = fields | {"csrf_token": token}
        assert ask(browser, path, method="POST", data=data, headers=headers).status_code == 400


@pytest.mark.parametrize("header", ["Referer", "Origin"])
@pytest.mark.parametrize("referrer", NO_REFERRERS)
def test_a_referrer_that_cannot_be_read_is_none_of_ours(world, ask, forms, referrer, header):
    headers = {header: referrer}
    for browser, path, fields, token in forms:
        for given in (token, "expired"):
            data = fields | {"csrf_token": given}
            answer = ask(browser, path, method="POST", data=data, headers=headers)
            assert answer.status_code == 400
    # Whoever only looks may come from anywhere.
    assert ask(world.rider.client, "/vehicles", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["xn--a", "xn--mnchen-3ya.example"])
def test_a_form_for_a_host_that_is_written_in_code_is_no_fault_of_ours(world, host):
    headers = {"Host": host, "Referer": f"https://{host}/", "Origin": f"https://{host}"}
    for path in FORMS_OF_VISITORS:
        # A test client would stumble over such a host itself.
        form = EnvironBuilder(path, method="POST", data={"csrf_token": "x"}, headers=headers)
        assert run_wsgi_app(world.app, form.get_environ())[1].startswith("400")


# --- Over a real connection ---


@pytest.fixture
def gunicorn(tmp_path):
    """One worker as in production, on an SQLite file."""
    uri = f"sqlite:///{tmp_path}/movr.db"
    movr = MovR(uri)
    movr.create_schema()
    movr.engine.dispose()
    with GunicornServer({"DB_URI": uri, "SECRET_KEY": secrets.token_hex()}, workers=1) as server:
        yield server


@pytest.mark.slow
def test_no_header_breaks_a_real_worker_or_moves_the_site(gunicorn):
    # gunicorn trusts whoever connects from the machine that it runs on, as this test does.
    tried = [
        *((200, {name: "/login"}) for name in ("SCRIPT_NAME", "PATH_INFO", "REMOTE_USER")),
        *((200, {"SCRIPT_NAME": value}) for value in ("/x", "/log", "\xff", "//evil.example")),
        *((400, {"Host": host}) for host in (*NO_HOSTS, *NO_ADDRESSES)),
        *((200, {"Cookie": value}) for value in ("\xff=\xff", "__Host-movr=\xff", 'a="\\400"')),
        *((200, {"Referer": referrer}) for referrer in NO_REFERRERS),
        *((200, {"X-City": value}) for value in ("\xff", "%ed%a0%80", "\xef\xb7\xba" * 2000)),
        *((200, {"X-Forwarded-Proto": value}) for value in ("https", "x", "\xff")),
        *((200, {"Range": value}) for value in ("bytes=-", "bytes=9-1", "\xff")),
    ]
    before = len(lines_of(gunicorn))
    for status, headers in tried:
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = requests.get(f"{gunicorn.url}/login", headers=raw, timeout=30)
        assert answer.status_code == status, headers
        # The addresses of the page are where they always are.
        assert ('action="/login"' in answer.text) is (status == 200)
    assert wait_until(lambda: len(lines_of(gunicorn)) >= before + len(tried), 10)
    lines = lines_of(gunicorn)[before:]
    assert [line["logger"] for line in lines] == ["movr.requests"] * len(tried)
    assert not any("exc_info" in line for line in lines)


def lines_of(gunicorn):
    """Every line of its log, each of which is JSON."""
    return [json.loads(line) for line in gunicorn.log().splitlines()]
