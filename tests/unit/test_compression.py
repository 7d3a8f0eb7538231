"""Pages and public data go out compressed, and nothing else; what is secret on a page is masked."""

import gzip
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from flask import Response, request
from flask.testing import FlaskClient

from web.assets.compression import zstd

UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.decompress,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
GZIP = {"Accept-Encoding": "gzip"}
PLACES = json.dumps([{"type": "Feature", "id": number} for number in range(200)])
LONG = "/data?type=application/geo%2Bjson&long=1"


@pytest.fixture
def client(app):
    """A browser that unpacks nothing, so that nobody looks into the pages."""
    app.test_client_class = FlaskClient
    return app.test_client()


@pytest.fixture(autouse=True)
def data(app):
    """An answer of any type and text, with a tag of its own."""

    @app.get("/data")
    def data() -> Response:
        text = PLACES if "long" in request.args else "{}"
        answer = Response(text, mimetype=request.args["type"])
        answer.set_etag("a-tag")
        return answer.make_conditional(request)


@pytest.mark.parametrize("path", [LONG, "/login", "/no-such-page"])
@pytest.mark.parametrize("encoding", UNPACK)
def test_pages_and_map_data_are_compressed_for_whoever_can_unpack_it(client, path, encoding):
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": f"{encoding}, deflate;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == encoding
    unpacked = UNPACK[encoding](packed.data)
    # Of the moment: the token of the form, and the number of a page of an error.
    assert abs(len(unpacked) - len(plain.data)) <= 2
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert len(packed.data) < 0.6 * len(plain.data)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip, br, zstd;q=0", "br"),
        ("gzip, br;q=0", "gzip"),
        ("deflate", None),
        ("*", None),
        ("gzip;q=0, br;q=0", None),
        ("", None),
    ],
)
def test_the_client_says_how(client, accepted, encoding):
    answer = client.get("/login", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding


def test_threads_do_not_get_into_the_way_of_each_other(app, client):
    bodies = {length: json.dumps(list(range(length))) for length in (200, 2_000, 20_000)}
    app.add_url_rule("/list/<int:length>", "list", lambda length: bodies[length])

    def wrong(length: int) -> bool:
        packed = client.get(f"/list/{length}", headers={"Accept-Encoding": "zstd"})
        return zstd.decompress(packed.data).decode() != bodies[length]

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(wrong, [*bodies] * 50))


def test_caches_are_told_what_a_page_depends_on_in_one_header(client):
    assert client.get("/login").headers.getlist("Vary") == ["Accept-Encoding, Cookie"]


def test_who_has_compressed_data_is_told_that_it_is_still_good(client):
    packed = client.get(LONG, headers=GZIP)
    assert packed.headers["ETag"] == 'W/"a-tag"'
    again = client.get(LONG, headers={**GZIP, "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert "Accept-Encoding" in again.headers["Vary"]
    assert "Content-Encoding" not in again.headers


def test_head_of_compressed_data_has_no_body(client):
    head = client.head(LONG, headers=GZIP)
    assert head.data == b""
    get = client.get(LONG, headers=GZIP)
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_little_data_goes_out_as_it_is(client):
    answer = client.get("/data?type=application/geo%2Bjson", headers=GZIP)
    assert answer.text == "{}"
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xhtml+xml"])
def test_what_nobody_has_looked_at_is_not_compressed(client, kind):
    answer = client.get(f"/data?long=1&type={kind.replace('+', '%2B')}", headers=GZIP)
    assert answer.text == PLACES
    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers or "Accept-Encoding" not in answer.headers["Vary"]
