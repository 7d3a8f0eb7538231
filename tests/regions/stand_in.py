"""A region that is not MovR: it remembers what it was asked and answers as it is told to."""

import threading
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal, NamedTuple

from tests.support.loopback import HOST, free_port
from tests.support.started import Started

Manner = Literal["answer", "say 503", "hang up", "send long headers"]

# With the others, a little less than 16 kB.
_LONG: Final = "x" * 15_800


class Asked(NamedTuple):
    """A request as it has arrived."""

    method: str
    path: str
    headers: Message
    body: bytes


class StandIn(Started):
    """Listens on a port while the context lasts, and may do so again later on the same one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.manner: Manner = "answer"
        self.asked: list[Asked] = []

    def start(self) -> None:
        self._server = ThreadingHTTPServer((HOST, self.port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(region: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            region.asked.append(Asked(self.command, self.path, self.headers, self.rfile.read(size)))
            if region.manner == "hang up":
                return
            self.send_response(503 if region.manner == "say 503" else 200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("MovR-Region", region.name)
            if region.manner == "send long headers":
                self.send_header("Long", _LONG)
            self.end_headers()
            self.wfile.write(f"{region.name} {region.manner}".encode())

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    return Handler
