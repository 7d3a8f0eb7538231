"""Static files: addressed by their content, kept for good, compressed, and the same for all."""

import gzip
import hashlib
import http.client
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
from flask import Flask, url_for

from tests.support.gunicorn_server import ROOT, GunicornServer
from tests.support.loopback import HOST
from web.app import create_app
from web.assets import script, static_files
from web.assets.static_files import Assets
from web.config import Config

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"
GZIP = {"Accept-Encoding": "gzip"}
FILES = [
    ("static", "js/theme.js"),
    ("static", "img/logo.svg"),
    ("static", "img/favicon.ico"),
    ("static", "movr.css"),
    ("static", "movr.js"),
    ("bootstrap.static", "css/bootstrap.min.css"),
]


def address_in(app: Flask, endpoint: str, name: str) -> str:
    with app.test_request_context():
        return url_for(endpoint, filename=name)


@pytest.fixture
def sheet(app):
    """The address of MovR's style sheet."""
    return address_in(app, "static", "movr.css")


@pytest.fixture
def folder(tmp_path):
    """A few static files that a test may change."""
    files = tmp_path / "static"
    (files / "css").mkdir(parents=True)
    (files / "pin.png").write_bytes(b"a picture")
    (files / "css/map.css").write_text("a { background: url('../pin.png') }")
    return files


def assets_in(folder: Path, *, keep: bool = True) -> Assets:
    return Assets(str(folder), "/static/", keep=keep)


# --- Addresses ---


@pytest.mark.parametrize(("endpoint", "name"), FILES)
def test_address_carries_the_hash_of_what_is_served_there(app, client, endpoint, name):
    address = address_in(app, endpoint, name)
    answer = client.get(address)
    assert hashlib.sha256(answer.data).hexdigest()[:16] in address
    assert answer.headers["Cache-Control"] == FOR_GOOD


@pytest.mark.parametrize("path", ["/", "/login", "/no-such-page"])
def test_all_that_a_page_asks_for_may_be_kept_for_good(client, path):
    addresses = re.findall(r'(?:href|src)="(/[^"]*static/[^"]*)"', client.get(path).text)
    # A sheet, two scripts, four pictures: whatever is there is really looked at.
    assert len(addresses) >= 7
    for address in addresses:
        assert client.get(address).headers["Cache-Control"] == FOR_GOOD, address


@pytest.mark.parametrize("before", ["", "0123456789abcdef/"])
def test_without_the_right_hash_a_browser_has_to_ask_again(client, before):
    answer = client.get(f"/static/{before}js/theme.js")
    assert answer.status_code == 200
    assert answer.data == Path(ROOT, "static/js/theme.js").read_bytes()
    assert answer.headers["Cache-Control"] == ASK_AGAIN


def test_what_is_not_there_is_not_found_and_not_kept(client):
    for path in (
        "/static/js/no-such.js",
        "/static/0123456789abcdef/js/no-such.js",
        "/static/0123456789abcdef",
        "/static/js",
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/0123456789abcdef/../../server.py",
        "/static//etc/passwd",
        "/static/nul%00.js",
        f"/static/{'long' * 2000}.js",
    ):
        answer = client.get(path)
        assert answer.status_code in (404, 308), path
        assert answer.headers["Cache-Control"] == "no-store"


def test_what_a_slow_client_could_occupy_a_thread_with_is_not_served(client):
    for name in ("icons/bootstrap-icons.svg", "css/bootstrap.min.css.map"):
        assert client.get(f"/bootstrap/static/{name}").status_code == 404


def test_address_of_what_is_not_there_is_plain(app):
    assert address_in(app, "static", "js/no-such.js") == "/static/js/no-such.js"


def test_address_is_the_same_in_another_container_and_for_another_worker(app, folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    os.utime(other / "pin.png", (1, 1))
    for name in ("pin.png", "css/map.css"):
        assert assets_in(folder).fingerprinted(name) == assets_in(other).fingerprinted(name)


def test_new_content_has_a_new_address(folder):
    before = assets_in(folder)
    names = before.fingerprinted("pin.png"), before.fingerprinted("css/map.css")
    (folder / "pin.png").write_bytes(b"another picture")
    after = assets_in(folder)
    # The sheet names the picture, so it is another sheet.
    assert after.fingerprinted("pin.png") != names[0]
    assert after.fingerprinted("css/map.css") != names[1]
    # A process serves what it has read, under the address that it has given.
    assert before.fingerprinted("pin.png") == names[0]
    assert before.get("pin.png").body == b"a picture"


def test_developer_sees_what_was_saved(folder):
    assets = assets_in(folder, keep=False)
    before = assets.fingerprinted("pin.png")
    (folder / "pin.png").write_bytes(b"another picture")
    assert assets.fingerprinted("pin.png") != before
    assert assets.get("pin.png").body == b"another picture"


@pytest.mark.parametrize(("debug", "reads"), [(False, 1), (True, 3)])
def test_files_are_read_once_but_for_a_developer(config, monkeypatch, debug, reads):
    read = []
    original = Path.read_bytes

    def note(path: Path) -> bytes:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", note)
    app = create_app(Config(DEBUG=debug, SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI))
    assert read == []
    for _ in range(3):
        address_in(app, "static", "js/theme.js")
    assert read == ["theme.js"] * reads


# --- Compression, revalidation, parts ---


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
    ],
)
def test_text_is_compressed_for_whoever_can_unpack_it(client, sheet, accepted, encoding, unpack):
    plain = client.get(sheet)
    packed = client.get(sheet, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == encoding
    assert unpack(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
    assert packed.headers["Content-Length"] == str(len(packed.data))
    for answer in (plain, packed):
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("accepted", ["", "identity", "zstd", "gzip;q=0", "gzip;q=0, *"])
def test_text_is_not_compressed_for_whoever_does_not_say_so(client, sheet, accepted):
    answer = client.get(sheet, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert b"--movr-brand" in answer.data


def test_what_is_small_by_itself_is_not_compressed(app, client):
    answer = client.get(address_in(app, "static", "img/favicon.ico"), headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
def test_who_has_a_file_is_told_that_it_is_still_good(client, headers):
    path = "/static/css/tokens.css"
    tag = client.get(path, headers=headers).headers["ETag"]
    again = client.get(path, headers={**headers, "If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == ASK_AGAIN
    assert again.headers["Vary"] == "Accept-Encoding"
    assert client.get(path, headers={**headers, "If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
def test_head_says_what_get_would(client, sheet, headers):
    get, head = client.get(sheet, headers=headers), client.head(sheet, headers=headers)
    assert head.status_code == 200
    assert head.data == b""
    # Of the moment and of the request, whoever asks.
    for each in (get.headers, head.headers):
        each.remove("Date")
        each.remove("X-Request-ID")
    assert head.headers == get.headers


def test_parts_are_of_the_plain_file(client, sheet):
    plain, packed = client.get(sheet), client.get(sheet, headers=GZIP)
    asked = {**GZIP, "Range": "bytes=10-19"}
    part = client.get(sheet, headers=asked)
    assert part.status_code == 206
    assert part.data == plain.data[10:20]
    assert "Content-Encoding" not in part.headers
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(plain.data)}"
    # The rest of a compressed file would not fit behind its beginning.
    whole = client.get(sheet, headers={**asked, "If-Range": packed.headers["ETag"]})
    assert (whole.status_code, whole.data) == (200, plain.data)
    fits = client.get(sheet, headers={**asked, "If-Range": plain.headers["ETag"]})
    assert fits.status_code == 206
    assert client.get(sheet, headers={"Range": "bytes=999999-"}).status_code == 416


def test_files_are_compressed_once_for_all_workers(client, monkeypatch, sheet):
    static_files.prepare(Path(ROOT, "static"))
    calls = []
    monkeypatch.setattr("web.assets.compression._BEST", {"br": calls.append, "gzip": calls.append})
    for accepted in ("br", "gzip"):
        assert client.get(sheet, headers={"Accept-Encoding": accepted}).content_encoding == accepted
    assert calls == []


def test_what_caches_share_carries_nobodys_cookie(client, monkeypatch):
    monkeypatch.setattr("web.session_cookies._RENEWED_AFTER", timedelta(seconds=-1))
    with client.session_transaction() as session:
        # What is renewed, as it is once a day for whoever is logged in.
        session.permanent = True
        session["kept"] = "secret"
    assert "Set-Cookie" in client.get("/no-such-page").headers
    for path in ("/static/js/theme.js", "/bootstrap/static/css/bootstrap.min.css"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.slow
@pytest.mark.usefixtures("movr")
def test_real_workers_agree_on_address_and_bytes(config, sheet):
    settings = {"SECRET_KEY": config.SECRET_KEY, "DB_URI": config.DB_URI}
    with GunicornServer(settings) as server:
        answers = set()
        for method in ("GET", "HEAD") * 8:
            connection = http.client.HTTPConnection(HOST, server.port, timeout=10)
            connection.request(method, sheet, headers=GZIP)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            assert len(body) == (int(answer.headers["Content-Length"]) if method == "GET" else 0)
            answers.add(
                tuple(answer.headers[name] for name in ("Cache-Control", "ETag", "Content-Length"))
            )
    # The address that this process has made is right for every worker.
    [(kept, _tag, _length)] = answers
    assert kept == FOR_GOOD


# --- The script of all pages ---
def test_every_script_of_all_pages_is_in_the_one_each_a_function(client):
    assert 'src="/static/' in client.get("/login").text
    served = client.get("/static/movr.js").text
    for name in script.SCRIPTS:
        alone = Path(ROOT, f"static/js/{name}.js").read_text()
        assert alone in served
        assert "\n(() => {\n" in alone
        assert alone.endswith("\n})();\n")
