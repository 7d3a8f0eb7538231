"""Public data goes out compressed; what may hold a secret does not."""

import gzip
import json

import pytest
from flask import Response, request

GZIP = {"Accept-Encoding": "gzip"}
PLACES = json.dumps([{"type": "Feature", "id": number} for number in range(200)])


@pytest.fixture(autouse=True)
def data(app):
    """An answer of any type and text, with a tag of its own."""

    @app.get("/data")
    def data() -> Response:
        text = PLACES if "long" in request.args else "{}"
        answer = Response(text, mimetype=request.args["type"])
        answer.set_etag("a-tag")
        return answer.make_conditional(request)


def test_map_data_is_compressed_for_whoever_can_unpack_it(client):
    path = "/data?type=application/geo%2Bjson&long=1"
    plain, packed = client.get(path), client.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert plain.text == PLACES
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert len(packed.data) < len(plain.data) / 5
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_who_has_compressed_data_is_told_that_it_is_still_good(client):
    path = "/data?type=application/geo%2Bjson&long=1"
    packed = client.get(path, headers=GZIP)
    assert packed.headers["ETag"] == 'W/"a-tag"'
    again = client.get(path, headers={**GZIP, "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert "Accept-Encoding" in again.headers["Vary"]
    assert "Content-Encoding" not in again.headers


def test_head_of_compressed_data_has_no_body(client):
    path = "/data?type=application/geo%2Bjson&long=1"
    head = client.head(path, headers=GZIP)
    assert head.data == b""
    assert (
        head.headers["Content-Length"] == client.get(path, headers=GZIP).headers["Content-Length"]
    )


def test_little_data_goes_out_as_it_is(client):
    answer = client.get("/data?type=application/geo%2Bjson", headers=GZIP)
    assert answer.text == "{}"
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xhtml+xml"])
def test_what_may_hold_a_secret_is_not_compressed(client, kind):
    answer = client.get(f"/data?long=1&type={kind.replace('+', '%2B')}", headers=GZIP)
    assert answer.text == PLACES
    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers or "Accept-Encoding" not in answer.headers["Vary"]
