"""GunicornServer starts, reports, stops and survives being killed, with an app of its own."""

import http.client
import json
import re
from pathlib import Path

import pytest

from tests.support.gunicorn_server import GunicornServer
from tests.support.loopback import HOST
from tests.support.processes import children_of, is_running, wait_until

CONFIG = """
import os
bind = "127.0.0.1:" + os.environ["PORT"]
workers = int(os.environ["WEB_CONCURRENCY"])
threads = int(os.environ["WEB_THREADS"])
"""

APP = """
import json, os
def app(environ, start_response):
    ok = environ["PATH_INFO"] != "/healthz" or os.environ.get("SICK") != "yes"
    start_response("200 OK" if ok else "503 Sick", [("Content-Type", "application/json")])
    seen = {name: os.environ.get(name) for name in ("REGION", "COLOR", "WEB_THREADS")}
    return [json.dumps(seen | {"folder": os.getcwd()}).encode()]
"""


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setenv("REGION", "of the developer")
    (tmp_path / "config.py").write_text(CONFIG)
    (tmp_path / "stub_app.py").write_text(APP)

    def make_server(app="stub_app:app", env=None, **options):
        env = {"PYTHONPATH": str(tmp_path), **(env or {})}
        return GunicornServer(env, app=app, config=str(tmp_path / "config.py"), **options)

    return make_server


def fetch(server):
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    try:
        connection.request("GET", "/")
        return json.load(connection.getresponse())
    finally:
        connection.close()


def test_server_answers_with_the_given_settings_only_and_stops(make):
    with make(env={"COLOR": "red"}, workers=2, threads=3) as server:
        seen = fetch(server)
        # One is enough for an answer; the other may come a moment later.
        assert wait_until(lambda: len(children_of(server.pid)) == 2, 10)
        workers = children_of(server.pid)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
        assert (seen["COLOR"], seen["WEB_THREADS"], seen["REGION"]) == ("red", "3", None)
        assert Path(seen["folder"]).samefile(Path(__file__).parents[3])
        assert "Listening at" in server.log()
        assert server.stop() == 0
        assert server.stop() is None
    assert not any(map(is_running, workers))
    assert "Shutting down" in server.log()


def test_server_can_be_killed_and_started_again_on_its_port(make):
    with make() as server:
        family = [server.pid, *children_of(server.pid)]
        server.kill()
        assert not any(map(is_running, family))
        with pytest.raises(ConnectionRefusedError):
            fetch(server)
        server.start()
        assert fetch(server)


def test_app_that_cannot_be_imported_is_reported_with_the_log(make):
    with pytest.raises(RuntimeError, match=r"has ended with status[\s\S]*no_such_module"):
        make(app="no_such_module:app").start()


def test_app_that_is_not_healthy_is_reported_and_ended(make):
    with pytest.raises(RuntimeError, match="is not healthy"):
        make(env={"SICK": "yes"}, start_within=1.5).start()
