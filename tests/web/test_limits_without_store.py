"""A shared store of wrong logins that is away keeps nobody from logging in."""

import re
from pathlib import Path

import requests

from movr import MovR
from tests.support.gunicorn_server import GunicornServer


def test_a_login_is_answered_while_the_shared_store_is_away(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/movr.db"
    movr = MovR(uri)
    movr.create_schema()
    movr.engine.dispose()
    # Nothing listens on port 1.
    environment = {
        "DEBUG": "True",
        "DB_URI": uri,
        "RATELIMIT_STORAGE_URI": "redis://127.0.0.1:1/0",
    }
    with GunicornServer(environment) as server, requests.Session() as browser:
        form = browser.get(f"{server.url}/login", timeout=10).text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form)
        assert token is not None
        answer = browser.post(
            f"{server.url}/login",
            data={"csrf_token": token[1], "username": "nobody", "password": "wrong password"},
            timeout=10,
        )
    assert answer.status_code == 422
    assert "Username or password is wrong" in answer.text
