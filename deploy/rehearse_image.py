"""Rehearses the image where no image can be built: python deploy/rehearse_image.py

Carries out the Dockerfile's own steps in an empty file system and runs the result as a container
would be: an account that owns nothing, a read-only file system, the settings given and no others.
Ends with 0 if all is well, with 1 if not, and with 69 if it cannot be tried on this machine.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rehearsal.container import (
    Image,
    StepFailed,
    build,
    processes_of,
    start,
    unavailable_reason,
)

_SOURCE: Final = Path(__file__).resolve().parent.parent
_NOT_TRIED: Final = 69
_LOOPBACK: Final = "127.0.0.1"
_WORKERS: Final = 3
_PATIENCE_S: Final = 60
_NO_PACKAGES: Final = re.compile(r"connection|name resolution|no matching distribution", re.I)
_SHIPPED: Final = re.compile(
    r"(server\.py|dbinit\.sql|LICENSE|(movr|web|templates|static)/.+|__pycache__/server\..+\.pyc)"
)


class Failed(Exception):
    """The image is not what it should be."""


def main() -> int:
    """Build the image, try one thing after the other, and return the exit status."""
    if reason := unavailable_reason():
        print(f"Not tried: {reason}.")
        return _NOT_TRIED
    # As in a build: what is made there may be read by the account in the container.
    os.umask(0o022)
    work = Path(tempfile.mkdtemp(prefix="movr-image-"))
    try:
        image = build(_SOURCE, work)
        _report("the Dockerfile's steps succeed, each package with its recorded hash")
        scratch = work / "scratch"
        scratch.mkdir()
        _Rehearsal(image, scratch).run()
    except StepFailed as failure:
        print(f"FAILED: {failure}")
        return _NOT_TRIED if _NO_PACKAGES.search(str(failure)) else 1
    except Failed as failure:
        print(f"FAILED: {failure}")
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 0


class _Rehearsal:
    """The things that are tried, all on one image."""

    def __init__(self, image: Image, scratch: Path) -> None:
        self._image = image
        self._scratch = scratch
        with socket.socket() as probe:
            probe.bind((_LOOPBACK, 0))
            self._port = probe.getsockname()[1]
        self._settings = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "DB_URI": "sqlite:////tmp/movr.db",
            "HOST": _LOOPBACK,
            "PORT": str(self._port),
            "TRUSTED_HOSTS": "movr.example",
            "WEB_CONCURRENCY": str(_WORKERS),
        }

    def run(self) -> None:
        self._holds_only_what_it_ships()
        self._account_can_write_nothing()
        self._refuses_to_start_without_a_secret()
        self._run_once(["flask", "--app", "server", "init-db"])
        with self._served() as server:
            self._serves()
            self._has_the_workers_asked_for(server)
            self._expect_health(0)
            self._ends_when_told_to(server)
        self._expect_health(1)

    def _holds_only_what_it_ships(self) -> None:
        files = self._image.files("/app")
        strangers = [name for name in files if not _SHIPPED.fullmatch(name)]
        _expect(not strangers, f"strange files in the image: {strangers[:5]}")
        _expect("web/gunicorn.py" in files, "the application is not in the image")
        programs = self._image.files("/opt/movr/bin")
        _expect("gunicorn" in programs, "gunicorn is not in the image")
        installers = [name for name in programs if name.startswith("pip")]
        _expect(not installers, f"the image can install packages: {installers}")
        _report("it holds the application, its packages and nothing else")

    def _account_can_write_nothing(self) -> None:
        attempts = "touch /app/x; touch /opt/movr/x; touch /x; touch /tmp/x /dev/shm/x && rm /tmp/x"
        account, *answers = self._run_once(["sh", "-c", f"id -u; {attempts}"])[1].splitlines()
        _expect(account == self._image.user.split(":")[0] != "0", f"it runs as {account}")
        refused = [answer for answer in answers if "Read-only file system" in answer]
        _expect(len(refused) == len(answers) == 3, f"it may write: {answers}")
        _report(f"it runs as account {account} and can write to nothing but memory")

    def _refuses_to_start_without_a_secret(self) -> None:
        del self._settings["SECRET_KEY"]
        status, text = self._run_once(self._image.command, expect=None)
        self._settings["SECRET_KEY"] = secrets.token_urlsafe(48)
        _expect(status != 0 and "SECRET_KEY: is needed" in text, f"it started or said: {text}")
        _report("without a secret it does not start, and says why")

    def _serves(self) -> None:
        self._expect_page("/healthz", "ok")
        self._expect_page("/readyz", "ok")
        page = self._expect_page("/", "<h1")
        for style in re.findall(r'href="(/[^"]+\.css[^"]*)"', page):
            self._expect_page(style, "{")
        _report("GET /healthz, /readyz, / and its style sheets are answered")

    def _expect_page(self, path: str, text: str) -> str:
        status, page = self._get(path)
        _expect(status == 200 and text in page, f"GET {path}: {status} {page[:300]}")
        return page

    def _has_the_workers_asked_for(self, server: "subprocess.Popen[bytes]") -> None:
        _master, *workers = processes_of(server)
        _expect(len(workers) == _WORKERS, f"{len(workers)} workers instead of {_WORKERS}")
        _report(f"WEB_CONCURRENCY={_WORKERS} makes that many workers")

    def _expect_health(self, status: int) -> None:
        self._run_once(self._image.health_check, expect=status)
        _report(f"the health check ends with {status} where the server is {('up', 'gone')[status]}")

    def _ends_when_told_to(self, server: "subprocess.Popen[bytes]") -> None:
        # To the first process of the container, which is where Docker and Kubernetes send it.
        os.kill(processes_of(server)[0], signal.SIGTERM)
        status = server.wait(_PATIENCE_S)
        _expect(status == 0, f"SIGTERM ends it with {status}")
        left = sorted(path.name for path in self._scratch.iterdir())
        _expect(not [n for n in left if not n.startswith("movr.db")], f"it leaves in /tmp: {left}")
        _report("SIGTERM ends it with 0, and it leaves nothing behind")

    def _get(self, path: str) -> tuple[int, str]:
        request = urllib.request.Request(
            f"http://{_LOOPBACK}:{self._port}{path}", headers={"Host": "movr.example"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (see above)
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    @contextmanager
    def _served(self) -> Iterator["subprocess.Popen[bytes]"]:
        with tempfile.TemporaryFile() as log:
            server = start(
                self._image,
                self._image.command,
                self._settings,
                self._scratch,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                _wait_until(lambda: server.poll() is not None or self._get("/healthz")[0] == 200)
                _expect(server.poll() is None, f"it ended with {server.returncode}")
                yield server
            except Failed as failure:
                log.seek(0)
                raise Failed(f"{failure}\n{log.read().decode(errors='replace')}") from None
            finally:
                # The container, all its processes included, goes with the process outside it.
                server.kill()
                server.wait()

    def _run_once(self, command: Sequence[str], expect: int | None = 0) -> tuple[int, str]:
        done = start(
            self._image,
            command,
            self._settings,
            self._scratch,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            text = done.communicate(timeout=_PATIENCE_S)[0].decode(errors="replace")
        finally:
            done.kill()
        ended_well = expect is None or done.returncode == expect
        _expect(ended_well, f"{' '.join(command)} ended with {done.returncode}:\n{text}")
        return done.returncode, text


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        _expect(time.monotonic() < deadline, f"it is not up after {_PATIENCE_S} s")
        time.sleep(0.05)


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Failed(otherwise)


def _report(what: str) -> None:
    print(f"ok  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
