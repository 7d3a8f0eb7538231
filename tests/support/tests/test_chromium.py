"""Chromium starts, shows pages of this machine, and reaches nothing else."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support import chromium
from tests.support.loopback import HOST
from tests.support.requirements import require


class Hello(BaseHTTPRequestHandler):
    """One small page."""

    def do_GET(self):
        body = b"<!doctype html><title>Hello</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Keep quiet."""


@pytest.fixture
def port():
    with ThreadingHTTPServer((HOST, 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_browser_reaches_this_machine_only(port):
    require(chromium.unavailable_reason())
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page()
        page.goto(f"http://{HOST}:{port}/")
        assert page.title() == "Hello"
        # The first two lead to the same server, were they not mapped to nowhere.
        for host in (f"localhost:{port}", f"127.0.0.2:{port}", "example.com", "192.0.2.1"):
            with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
                page.goto(f"http://{host}/", timeout=5000)
        browser.close()


def test_missing_browser_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.chromium_path() is None
    assert "chromium" in chromium.unavailable_reason()
    with pytest.raises(RuntimeError, match="chromium"):
        chromium.launch(None)


def test_first_browser_on_path_is_taken(monkeypatch, tmp_path):
    program = tmp_path / "google-chrome"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.chromium_path() == str(program)
