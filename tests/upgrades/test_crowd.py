"""More riders than gunicorn can serve: some are turned away, metrics tell, probes get through."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from movr import MovR
from tests.support.gunicorn_server import GunicornServer
from tests.support.loopback import HOST
from tests.support.processes import wait_until
from tests.web.observed import Metrics

TOKEN = "a token for those who read metrics"


class Crowd:
    """Riders who ask for the same page again and again, and what they are told."""

    def __init__(self, port: int, riders: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.served_s: list[float] = []
        self._port = port
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(riders)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=30)
        while not self._stop.is_set():
            begin = time.perf_counter()
            with suppress(http.client.HTTPException, OSError):
                connection.request("GET", "/vehicles")
                with connection.getresponse() as answer:
                    answer.read()
                self.statuses[answer.status] += 1
                if answer.status == 200:
                    self.served_s.append(time.perf_counter() - begin)
            if self.statuses[503]:
                # Less than they are asked to, and more than a machine of two cores can do at once.
                self._stop.wait(0.2)
        connection.close()


@pytest.fixture
def site(tmp_path) -> Iterator[GunicornServer]:
    uri = f"sqlite:///{tmp_path}/movr.db"
    movr = MovR(uri)
    movr.create_schema()
    movr.engine.dispose()
    settings = {"DEBUG": "True", "DB_URI": uri, "METRICS_TOKEN": TOKEN}
    with GunicornServer(settings, workers=1, threads=2) as server:
        yield server


def look(port: int, path: str) -> tuple[int, str]:
    """What a probe is told, on a connection of its own."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    with connection.getresponse() as answer:
        text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.timeout(120)
def test_overload_is_seen_and_shed_and_probes_are_answered(site):
    def metrics() -> Metrics:
        return Metrics(look(site.port, "/metrics")[1])

    def tells_of_the_crowd() -> bool:
        told = metrics()
        assert told.of("movr_requests_waiting") <= 4
        assert told.of("movr_threads_busy") <= 2
        return told.of("movr_requests_waiting") > 0 and told.of("movr_threads_busy") == 2

    with Crowd(site.port, 100) as crowd:
        assert wait_until(lambda: crowd.statuses[200] > 50 and crowd.statuses[503] > 50, 60)
        for _ in range(10):
            assert look(site.port, "/healthz")[0] == look(site.port, "/readyz")[0] == 200
        # The worker looks once a second, and clients who were turned away wait a moment.
        assert wait_until(tells_of_the_crowd, 30)
    assert crowd.statuses.keys() == {200, 503}
    assert wait_until(lambda: metrics().of("movr_threads_busy") == 0, 10)
    after = metrics()
    assert after.of("movr_requests_waiting") == 0
    assert after.of("movr_requests_shed_total") == crowd.statuses[503]
    served = after.requests("GET", "/vehicles", 200)
    assert served == after.of("movr_request_waiting_seconds_count") == crowd.statuses[200]
    # Time counts from arrival, the wait in the queue included, and the clients say the same: within
    # a factor of two, for they are measured on either side of a busy machine.
    told = after.of("movr_request_seconds_sum", route="/vehicles") / served
    waited = after.of("movr_request_waiting_seconds_sum") / served
    known = sum(crowd.served_s) / served
    assert told > waited > 0
    assert told > known / 2
