"""GunicornServer starts an app of its own with no settings but those it is given, and stops."""

import http.client
import json
import re
from pathlib import Path

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
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {name: os.environ.get(name) for name in ("REGION", "COLOR", "WEB_THREADS")}
    return [json.dumps(seen | {"folder": os.getcwd()}).encode()]
"""


def fetch(server):
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    try:
        connection.request("GET", "/")
        return json.load(connection.getresponse())
    finally:
        connection.close()


def test_server_answers_with_the_given_settings_only_and_stops(tmp_path, monkeypatch):
    monkeypatch.setenv("REGION", "of the developer")
    (tmp_path / "config.py").write_text(CONFIG)
    (tmp_path / "stub_app.py").write_text(APP)
    env = {"PYTHONPATH": str(tmp_path), "COLOR": "red"}
    options = {"app": "stub_app:app", "config": str(tmp_path / "config.py")}
    with GunicornServer(env, workers=2, threads=3, **options) as server:
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
