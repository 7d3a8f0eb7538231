"""What every answer carries to keep riders safe, each header as a literal."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from movr import MovR
from web.config import Config

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; "
    "form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
# Path and status of every kind of answer.
ANSWERS = [
    ("/", 200),
    ("/login", 200),
    ("/rides", 302),
    ("/no-such-page", 404),
    ("/users?after=%00", 302),
    ("/healthz", 200),
    ("/static/css/movr.css", 200),
    ("/static/no-such-file.css", 404),
    ("/bootstrap/static/css/bootstrap.min.css", 200),
]


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_kind_of_answer_carries_every_header(client, path, status):
    with client.get(path) as answer:
        # Flask 3.2 redirects with 303.
        assert answer.status_code in (status, status + 1)
        for name, value in HEADERS.items():
            assert answer.headers.getlist(name) == [value], name


def test_a_refused_form_and_a_failure_carry_every_header_too(client, app, monkeypatch):
    def fail(**_arguments: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(MovR, "get_vehicles", fail)
    for answer, status in ((client.post("/login"), 400), (client.get("/vehicles"), 500)):
        assert answer.status_code == status
        for name, value in HEADERS.items():
            assert answer.headers.getlist(name) == [value], name


def test_pages_stay_out_of_caches_and_static_files_may_be_kept(client):
    for path in ("/", "/login", "/rides", "/no-such-page", "/healthz"):
        assert client.get(path).headers["Cache-Control"] == "no-store"
    for path in ("/static/css/movr.css", "/bootstrap/static/css/bootstrap.min.css"):
        with client.get(path) as file:
            assert "no-store" not in file.headers["Cache-Control"]
            assert file.headers["ETag"]


@pytest.fixture
def debug_client(new_app, app: Flask, config: Config) -> FlaskClient:
    """The browser of a developer, on plain http."""
    debug_app = new_app(Config(DEBUG=True, SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI))
    return debug_app.test_client()


def test_browsers_are_held_to_https_outside_debug_only(client, debug_client):
    assert client.get("/").headers["Strict-Transport-Security"] == "max-age=31536000"
    page = debug_client.get("/")
    assert page.status_code == 200
    assert "Strict-Transport-Security" not in page.headers
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_answers_do_not_say_what_software_made_them(client):
    headers = client.get("/").headers
    assert not {"Server", "X-Powered-By", "Via"} & set(headers.keys())


@pytest.fixture
def client_of(new_app, app: Flask, config: Config) -> Callable[..., FlaskClient]:
    """The browser of a visitor to an application with these settings."""

    def visit(**settings: str) -> FlaskClient:
        application = new_app(replace(config, **settings))
        application.extensions["movr"].create_schema()
        return application.test_client()

    return visit


def policy_of(client: FlaskClient, path: str = "/vehicles") -> str:
    page = client.get(path, base_url="https://localhost")
    assert page.status_code == 200
    return page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("tile_url", "source"),
    [
        ("https://tile.openstreetmap.org/{z}/{x}/{y}.png", " https://tile.openstreetmap.org"),
        ("https://{s}.tiles.example:8443/a/{z}/{x}/{y}", " https://*.tiles.example:8443"),
        ("http://127.0.0.1:9999/{z}/{x}/{y}.png", " http://127.0.0.1:9999"),
        ("/static/tiles/{z}/{x}/{y}.png", ""),
    ],
)
def test_a_page_with_a_map_gets_pictures_from_the_host_of_the_tiles_too(
    client_of, tile_url, source
):
    client = client_of(TILE_URL=tile_url)
    assert policy_of(client) == CONTENT_SECURITY_POLICY.replace("data:;", f"data:{source};")
    assert policy_of(client, "/login") == CONTENT_SECURITY_POLICY


def test_only_with_a_key_for_google_a_page_with_a_map_has_the_policy_that_google_asks_for(
    client_of,
):
    client = client_of(API_KEY="a-key")
    policy = policy_of(client)
    nonce = re.search(r"'nonce-([\w-]{20,})'", policy)
    assert nonce
    google = "https://*.googleapis.com https://*.gstatic.com https://*.google.com"
    assert policy.replace(nonce[1], "NONCE") == (
        "default-src 'self'; "
        f"script-src 'self' {google} 'unsafe-eval' blob:; "
        "style-src 'self' 'nonce-NONCE' https://fonts.googleapis.com; "
        f"img-src 'self' data: {google} https://*.googleusercontent.com; "
        "object-src 'none'; "
        "base-uri 'none'; "
        "frame-ancestors 'none'; "
        "form-action 'self'; "
        "frame-src https://*.google.com; "
        f"connect-src 'self' {google} data: blob:; "
        "font-src https://fonts.gstatic.com; "
        "worker-src 'self' blob:"
    )
    assert policy_of(client) != policy, "the nonce is used once"
    for path in ("/", "/login"):
        assert policy_of(client, path) == CONTENT_SECURITY_POLICY
