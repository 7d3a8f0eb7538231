"""Who may read /metrics, and what one process counts by itself."""

import hmac

import pytest

from movr.database import Report
from tests.web.observed import Metrics
from tests.web.site import SiteClient, heading, new_browser
from web.config import Config
from web.metrics import FOLDER

TOKEN = "a token for those who read metrics"


@pytest.fixture
def config(config: Config) -> Config:
    return Config(
        SECRET_KEY=config.SECRET_KEY,
        DB_URI=config.DB_URI,
        METRICS_TOKEN=TOKEN,
        TRUSTED_HOSTS=("localhost",),
    )


def look(visitor: SiteClient) -> Metrics:
    """Read /metrics."""
    answer = visitor.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    return Metrics(answer.text)


def test_whoever_has_the_token_may_read(visitor):
    assert look(visitor).of("movr_build", region="all", version="development") == 1


def test_a_worker_that_is_just_beginning_takes_the_metrics_from_nobody(
    visitor, tmp_path, monkeypatch
):
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "counter_7.db").touch()
    monkeypatch.setenv(FOLDER, str(folder))
    assert look(visitor).counted() is not None


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        TOKEN,
        f"Basic {TOKEN}",
        f"bearer {TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer t\u00f6ken",
        "Bearer \u00ff\u00fe",
    ],
)
def test_nobody_else_may(visitor, given):
    headers = {} if given is None else {"Authorization": given}
    page = visitor.get("/metrics", headers=headers)
    assert page.status_code == 403
    assert heading(page) == "You don't have permission to do this"
    assert "movr_" not in page.text


def test_without_a_token_there_is_no_such_page(new_app, config):
    app = new_app(Config(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI))
    app.test_client_class = SiteClient
    for headers in ({}, {"Authorization": "Bearer None"}, {"Authorization": f"Bearer {TOKEN}"}):
        page = new_browser(app).get("/metrics", headers=headers)
        assert page.status_code == 404
        assert "movr_" not in page.text


def test_the_token_is_compared_in_a_time_that_tells_nothing(visitor, monkeypatch):
    compared = []

    def compare(first: bytes, second: bytes) -> bool:
        compared.append({first, second})
        return False

    monkeypatch.setattr(hmac, "compare_digest", compare)
    page = visitor.get("/metrics", headers={"Authorization": "Bearer wrong"})
    assert page.status_code == 403
    assert compared == [{b"Bearer wrong", f"Bearer {TOKEN}".encode()}]


def test_prometheus_asks_a_container_by_its_address(visitor):
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3:8000"}
    assert visitor.get("/metrics", headers=headers).status_code == 200
    assert visitor.get("/metrics", headers=headers | {"Authorization": ""}).status_code == 403
    assert visitor.get("/vehicles", headers={"Host": "10.1.2.3:8000"}).status_code == 400


def test_transactions_count_by_name_and_by_what_they_ended_with(app, visitor):
    before = look(visitor)
    for report in (
        Report("start_ride", attempts=3, seconds=0.2, changed=True),
        Report("start_ride", attempts=11, seconds=4.0, error="TooMuchContention"),
        Report("start_ride", attempts=1, seconds=0.01, error="VehicleUnavailable", changed=True),
        Report("start_ride", attempts=1, seconds=0.01),
        Report("end_ride", attempts=1, seconds=0.01, changed=True),
        Report("add_vehicle", attempts=1, seconds=0.01, changed=True),
    ):
        for observer in app.extensions["movr"].observers:
            observer(report)
    after = look(visitor)

    def grown(name: str, /, **labels: str) -> float:
        return after.of(name, **labels) - before.of(name, **labels)

    count, retries, rides = (
        "movr_transaction_seconds_count",
        "movr_transaction_retries_total",
        "movr_rides_total",
    )
    assert grown(count, name="start_ride", error="") == 2
    assert grown(count, name="start_ride", error="TooMuchContention") == 1
    assert grown(count, name="start_ride", error="VehicleUnavailable") == 1
    assert grown("movr_transaction_seconds_sum", name="start_ride") == pytest.approx(4.22)
    assert grown(retries, name="start_ride") == 2 + 10
    assert grown(retries, name="end_ride") == 0
    assert (grown(rides, event="started"), grown(rides, event="ended")) == (1, 1)


def test_a_request_whose_answer_cannot_be_finished_counts_once_as_a_failure(
    app, visitor, monkeypatch
):
    before = look(visitor)

    def fail(*_arguments: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(app.session_interface, "save_session", fail)
        assert visitor.get("/login").status_code == 500
    after = look(visitor)
    for status, times in ((200, 0), (500, 1)):
        counts = [metrics.requests("GET", "/login", status) for metrics in (before, after)]
        assert counts[1] - counts[0] == times
