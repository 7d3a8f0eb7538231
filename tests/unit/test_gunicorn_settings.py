"""How gunicorn is set up, and when it refuses to start or starts all the same."""

import logging
import os
import resource
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from movr import MovR
from movr.database.engine import Limits
from movr.errors import UnexpectedDatabaseError
from tests.support.loopback import HOST, free_port

SETTINGS = Path(__file__).resolve().parents[2] / "web" / "gunicorn.py"
FIGURES, MASTER = "PROMETHEUS_MULTIPROC_DIR", "MOVR_METRICS_OF"
# What a MovR outside DEBUG has to be told.
NEEDED = {"SECRET_KEY": "c1f0a94be27d583604e9b8d7325fa61c", "DB_URI": "sqlite:///movr.db"}

# What a line of the log is spared, for this process.
SWITCHES = ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks", "_srcfile")

NAMES = ("DEBUG", "HOST", "PORT", "REGION", "WEB_CONCURRENCY", "WEB_THREADS", "SECRET_KEY")


class Reader:
    """Reads web/gunicorn.py as gunicorn's master does, and cleans up as it does at its end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        monkeypatch.chdir(folder)
        for name in [name for name in os.environ if name in NAMES or name.startswith("DB_")]:
            monkeypatch.delenv(name)
        # The file sets these for the workers; after the test they are as they were before.
        for name in (FIGURES, MASTER):
            monkeypatch.setenv(name, "")
            monkeypatch.delenv(name)
        for name in SWITCHES:
            monkeypatch.setattr(logging, name, getattr(logging, name, True), raising=False)
        self._monkeypatch = monkeypatch
        self._read: list[dict[str, Any]] = []

    def __call__(self, **environment: str) -> dict[str, Any]:
        for name, value in (NEEDED | environment).items():
            self._monkeypatch.setenv(name, value)
        settings = runpy.run_path(str(SETTINGS))
        self._read.append(settings)
        return settings

    def clean_up(self) -> None:
        for settings in self._read:
            settings["on_exit"](None)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(monkeypatch, tmp_path)
    yield reader
    reader.clean_up()


def test_a_container_listens_to_everybody_and_a_developers_machine_to_itself(read):
    assert read()["bind"] == "0.0.0.0:8000"
    assert read(DEBUG="True", PORT="9000")["bind"] == "127.0.0.1:9000"
    assert read(HOST="127.0.0.2")["bind"] == "127.0.0.2:9000"


def test_the_environment_says_how_many_processes_and_threads(read):
    default = read()
    assert (default["workers"], default["threads"]) == (2, 4)
    more = read(WEB_CONCURRENCY="5", WEB_THREADS="7")
    assert (more["workers"], more["threads"]) == (5, 7)


def test_the_environment_says_how_long_to_keep_connections_and_to_wait_at_the_end(read):
    default = read()
    assert (default["keepalive"], default["graceful_timeout"]) == (620, 30)
    other = read(KEEPALIVE="75", GRACEFUL_TIMEOUT="8")
    assert (other["keepalive"], other["graceful_timeout"]) == (75, 8)


def test_gunicorn_runs_the_worker_that_slow_clients_cannot_stop(read):
    assert read()["worker_class"].__name__ == "BufferingWorker"


def test_setting_says_how_many_requests_may_wait_in_each_worker(read, monkeypatch):
    # It is the whole process that it changes.
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    worker = SimpleNamespace()
    read(WEB_THREADS="3")["post_fork"](None, worker)
    assert worker.max_waiting == 6
    read(WEB_THREADS="3", WEB_QUEUE="1")["post_fork"](None, worker)
    assert worker.max_waiting == 1


def test_worker_takes_no_more_clients_than_it_may_have_open_files(read, monkeypatch):
    for files, clients in ((110, 10), (50, 8), (1024, 924), (20_000, 1000), (-1, 1000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _what, most=files: (most, most))
        assert read(WEB_THREADS="4")["worker_connections"] == clients


def test_a_worker_outlasts_the_slowest_request(read):
    limits = Limits()
    slowest = limits.pool_timeout + limits.connect_timeout + limits.statement_timeout
    assert read()["timeout"] > slowest


def test_a_request_that_runs_when_the_container_is_stopped_may_finish(read):
    settings = read()
    assert settings["graceful_timeout"] >= Limits().statement_timeout


def test_instances_do_not_share_a_control_socket(read):
    assert read()["control_socket_disable"] is True


def test_wrong_settings_end_the_start_with_every_fault(read):
    with pytest.raises(SystemExit, match=r"(?s)PORT: .*SECRET_KEY: ") as ended:
        read(SECRET_KEY="short", PORT="http")
    assert ended.value.__cause__ is None


def test_the_start_goes_on_when_the_database_is_ready(read, tmp_path):
    uri = f"sqlite:///{tmp_path}/ready.db"
    movr = MovR(uri)
    movr.create_schema()
    movr.engine.dispose()
    assert read(DB_URI=uri)["on_starting"](None) is None


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({"WEB_CONCURRENCY": "3"}, True),
        ({"WEB_CONCURRENCY": "1"}, False),
        ({"WEB_CONCURRENCY": "3", "DEBUG": "True"}, False),
        ({"WEB_CONCURRENCY": "3", "RATELIMIT_STORAGE_URI": "redis://127.0.0.1:1"}, False),
    ],
)
def test_limits_that_hold_for_each_worker_are_pointed_out_at_the_start(
    read, tmp_path, caplog, settings, warned
):
    movr = MovR(uri := f"sqlite:///{tmp_path}/ready.db")
    movr.create_schema()
    movr.engine.dispose()
    read(DB_URI=uri, **settings)["on_starting"](None)
    assert [line for line in caplog.messages if "RATELIMIT_STORAGE_URI" in line] == (
        [
            "Each of the 3 workers counts wrong passwords, sign-ups, mails and first rides by "
            "itself: RATELIMIT_STORAGE_URI=redis://... counts them in one place."
        ]
        if warned
        else []
    )


def test_variable_that_looks_like_a_setting_is_pointed_out_at_the_start(read, tmp_path, caplog):
    movr = MovR(uri := f"sqlite:///{tmp_path}/ready.db")
    movr.create_schema()
    movr.engine.dispose()
    read(DB_URI=uri, WEB_CONCURRENCY="1", TRUSTED_PROXYS="1")["on_starting"](None)
    assert caplog.messages == ["TRUSTED_PROXYS is not a setting of MovR. Is TRUSTED_PROXIES meant?"]


def test_the_start_ends_when_the_database_lacks_tables(read, tmp_path):
    settings = read(DB_URI=f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(SystemExit, match=r"users[\s\S]*upgrade-db"):
        settings["on_starting"](None)


def test_the_start_goes_on_when_the_schema_may_not_be_read(read, tmp_path, caplog):
    refused = UnexpectedDatabaseError("InsufficientPrivilege 42501")
    settings = read(DB_URI=f"sqlite:///{tmp_path}/movr.db")
    with patch.object(MovR, "check_schema", side_effect=refused):
        assert settings["on_starting"](None) is None
    assert "The schema could not be compared: InsufficientPrivilege 42501" in caplog.text


def test_the_start_goes_on_when_the_database_is_down(read, caplog):
    uri = f"cockroachdb://movr@{HOST}:{free_port()}/movr"
    read(DB_URI=uri, DB_CONNECT_TIMEOUT="2")["on_starting"](None)
    assert "The database does not respond yet." in caplog.text


def test_the_folder_in_which_workers_count_goes_when_the_master_ends(read):
    settings = read()
    folder = Path(os.environ[FIGURES])
    assert folder.is_dir()
    settings["on_exit"](None)
    assert not folder.exists()


def test_the_folder_stays_when_the_settings_are_read_again_and_goes_in_the_end(read):
    read()
    folder = Path(os.environ[FIGURES])
    again = read()
    assert Path(os.environ[FIGURES]) == folder
    assert folder.is_dir()
    again["on_exit"](None)
    assert not folder.exists()


def test_a_new_master_counts_in_a_folder_of_its_own(read, tmp_path, monkeypatch):
    monkeypatch.setenv(FIGURES, str(tmp_path))
    monkeypatch.setenv(MASTER, str(os.getppid()))
    settings = read()
    folder = Path(os.environ[FIGURES])
    assert folder != tmp_path
    settings["on_exit"](None)
    assert (folder.exists(), tmp_path.exists()) == (False, True)


def test_a_folder_to_count_in_that_was_there_before_stays(read, tmp_path, monkeypatch):
    monkeypatch.setenv(FIGURES, str(tmp_path))
    read()["on_exit"](None)
    assert os.environ[FIGURES] == str(tmp_path)
    assert tmp_path.is_dir()
