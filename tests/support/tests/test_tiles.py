"""The stand-in for a tile server gives pictures that a browser can show."""

import struct
import zlib

import requests

from tests.support.tiles import TILE, TileServer


def test_every_address_has_a_tile():
    with TileServer() as server:
        for z, x, y in ((1, 0, 0), (16, 19298, 24629)):
            answer = requests.get(server.url.format(z=z, x=x, y=y), timeout=10)
            assert answer.headers["Content-Type"] == "image/png"
            assert answer.content == TILE


def test_tile_is_a_sound_picture():
    assert TILE.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, rest = {}, TILE[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, data = rest[4:8], rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length]) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        rest = rest[12 + length :]
    assert list(chunks)[-1] == b"IEND"
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (256, 256)
    # Each row begins with a byte that says how it is written.
    assert len(zlib.decompress(chunks[b"IDAT"])) == 256 * 257
