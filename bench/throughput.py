"""How many requests a second a server responds to, with several clients at once."""

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from bench.measure import median, progress, table
from bench.subjects import Subject
from tests.support.loopback import HOST

_PATH = "/vehicles"
_AT_ONCE = 8
_RIDER, _VISITOR = "rider", "visitor"
_EXPLANATION = (
    f"Requests a second, from {_AT_ONCE} clients at once, on the processors that also run the"
    " database and the clients: minimum / median / maximum of the rounds. Each client asks for the"
    " next page as soon as one has come. The last column is the median of that of each round."
)


def measure(
    subjects: Sequence[Subject], rounds: int, seconds: float
) -> dict[str, list[list[float]]]:
    """Return how many requests each subject responded to in a second: a list of rounds for each.

    Once for riders who are logged in, and once for visitors.
    """
    found: dict[str, list[list[float]]] = {
        who: [[] for _ in subjects] for who in (_RIDER, _VISITOR)
    }
    with progress(len(found) * (rounds + 1), "Requests a second") as bar:
        for who, rates in found.items():
            for turn in range(rounds + 1):
                order = list(enumerate(subjects))
                for place, subject in order if turn % 2 else reversed(order):
                    cookie = subject.cookie if who == _RIDER else ""
                    rate = _rate(subject, cookie, seconds)
                    if turn:
                        rates[place].append(rate)
                bar.update(1)
    return found


def section(subjects: Sequence[Subject], found: dict[str, list[list[float]]]) -> str:
    """Return a section of Markdown; the first subject is what the last one is compared with."""
    head = ["", *(subject.name for subject in subjects), "times as many"]
    rows = []
    for who, rates in found.items():
        times = median(last / first for first, last in zip(rates[0], rates[-1], strict=True))
        rows.append((f"{_PATH}, {who}", *map(_spread, rates), f"{times:.1f}"))
    return f"{_EXPLANATION}\n\n{table(head, rows)}"


def _rate(subject: Subject, cookie: str, seconds: float) -> float:
    # Threads that mostly wait leave the processors to the server.
    request = subject.request_for(_PATH, cookie)
    with ThreadPoolExecutor(_AT_ONCE) as clients:
        begin = perf_counter()
        served = [
            clients.submit(_ask, subject.port, request, begin + seconds) for _ in range(_AT_ONCE)
        ]
        pages = sum(each.result() for each in served)
        return pages / (perf_counter() - begin)


def _ask(port: int, request: bytes, end: float) -> int:
    """Request a page again and again over one connection; return how many came."""
    pages = 0
    with socket.create_connection((HOST, port), timeout=30) as server:
        response = server.makefile("rb")
        while perf_counter() < end:
            server.sendall(request)
            status = response.readline()
            if b" 200 " not in status:
                raise RuntimeError(f"{_PATH} returned {status!r}")
            length = 0
            while (line := response.readline().lower()).strip():
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            if not length or len(response.read(length)) < length:
                raise RuntimeError(f"{_PATH} came without its end")
            pages += 1
    return pages


def _spread(rates: Sequence[float]) -> str:
    return " / ".join(f"{rate:.0f}" for rate in (min(rates), median(rates), max(rates)))
