"""Addresses on this machine for servers that tests start.

Everything in tests/support listens on HOST and nowhere else.
"""

import secrets
import socket

HOST = "127.0.0.1"

# Below the range that kernels hand to outgoing connections (32768 and up on Linux). A port from
# that range could be taken as somebody's source port while its server is down, and a client that
# keeps trying such a port can even connect to itself.
_FIRST, _LAST = 20_000, 32_000


def free_port() -> int:
    """A TCP port of HOST that nobody listened on a moment ago."""
    for _ in range(100):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # Else a port whose last connections linger in TIME_WAIT would look taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port between {_FIRST} and {_LAST} on {HOST}")
