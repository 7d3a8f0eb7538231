"""Map tiles from this machine, all alike, in place of a tile server on the internet."""

import random
import struct
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.support.loopback import HOST
from tests.support.started import Started

_SIDE = 256
_BLOCK = 64
_STREET = 6
_COLOURS = bytes((233, 230, 222, 255, 255, 255))
# What a tile of a city weighs on average.
_WEIGHT_BYTES = 15_000


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _tile() -> bytes:
    """A picture of streets between blocks, with as many bytes as a real one."""
    street = b"\1" * _SIDE
    block = bytes(column % _BLOCK < _STREET for column in range(_SIDE))
    rows = b"".join(b"\0" + (street if row % _BLOCK < _STREET else block) for row in range(_SIDE))
    padding = random.Random(0).randbytes(_WEIGHT_BYTES)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", _COLOURS),
            # A kind of chunk that nobody knows, and that everybody may leave out.
            _chunk(b"paDd", padding),
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
        )
    )


TILE = _tile()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(TILE)))
        self.send_header("Cache-Control", "public, max-age=86400")
        self.end_headers()
        self.wfile.write(TILE)

    def log_message(self, format: str, *_values: object) -> None:
        """Say nothing: the standard error output is for errors."""


class TileServer(Started):
    """Serves the same tile under every address, from entering the context to leaving it."""

    def start(self) -> None:
        self._server = ThreadingHTTPServer((HOST, 0), _Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self._server.server_port}"

    @property
    def url(self) -> str:
        """What MovR's setting TILE_URL takes."""
        return f"{self.origin}/{{z}}/{{x}}/{{y}}.png"
