"""The version before this one: its files out of the history, and somebody who does all there is."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from tests.failure.browser import Browser, leads_to, words_of
from tests.support.accounts import PASSWORD, new_name, registration

FORMER: Final = "1891c065dc8d36545698c8fef79dfc6a0f4cae25"
"""The last release; until there is one, the commit before the first revision."""

_ROOT = Path(__file__).resolve().parents[2]
# In a container of CI the folder belongs to another account.
_GIT = ("git", "-c", f"safe.directory={_ROOT}", "-C", str(_ROOT))
_CITY = "rome"


def unavailable_reason() -> str | None:
    """Why its files cannot be had, None when they can: a history that is not there is no fault."""
    if shutil.which("git") is None:
        return "git is not installed"
    shallow = _git("rev-parse", "--is-shallow-repository")
    if shallow.returncode != 0:
        return "this is not a clone of the repository"
    if shallow.stdout.strip() == b"true":
        return "this clone holds only a part of the history"
    return None


def unpack(folder: Path) -> None:
    """Put its files into a folder."""
    archive = _git("archive", "--format=tar", FORMER)
    assert archive.returncode == 0, archive.stderr.decode()
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)


def _git(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([*_GIT, *arguments], capture_output=True, check=False)


def do_everything(browser: Browser) -> None:
    """Sign up, share a vehicle, ride it, look at every page, and take it all back."""
    name = new_name()
    for path in ("/", "/vehicles", "/login", "/register"):
        assert browser.get(path).ok
    browser.read_token()
    assert leads_to(browser.submit("/register", registration(name, _CITY)), "/vehicles")
    browser.read_token()
    assert browser.submit("/logout", {}).ok
    assert leads_to(browser.log_in(name), "/vehicles")
    vehicle_id, profile = _share(browser)
    ride_id = _ride(browser, vehicle_id)
    receipt = f"/rides/{ride_id}?{urlencode({'city': _CITY})}"
    for path in (
        *("/", "/vehicles", "/vehicles?available=1&type=bike", "/vehicles?near=41.9,12.5"),
        *("/rides", "/rides?everywhere=1", "/rides/months", receipt, "/users", profile),
        "/vehicles.geojson?city=rome&bbox=12,41,13,42",
    ):
        assert browser.get(path).ok, path
    data = {"first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com"}
    assert leads_to(browser.submit(profile.replace("/users/", "/users/change/"), data), profile)
    assert "Grace" in words_of(browser.get(profile))
    here = {"city": _CITY}
    assert leads_to(browser.submit(f"/vehicles/remove/{vehicle_id}", here), profile)
    closed = browser.submit(profile.replace("/users/", "/users/remove/"), {"password": PASSWORD})
    assert closed.status_code in (302, 303)
    browser.read_token()
    assert browser.submit("/login", {"username": name, "password": PASSWORD}).status_code == 422


def _share(browser: Browser) -> tuple[str, str]:
    fields = {
        "form_id": browser.hidden("/vehicles/add", "form_id"),
        **{"type": "bike", "color": "red", "brand": "Volta", "location": "41.9, 12.5"},
    }
    added = browser.submit("/vehicles/add", fields)
    assert added.status_code in (302, 303), words_of(added)
    profile = added.headers["Location"]
    found = re.search(r"/vehicles/remove/([0-9a-f-]{36})", browser.get(profile).text)
    assert found
    return found[1], profile


def _ride(browser: Browser, vehicle_id: str) -> str:
    ride_id = str(uuid4())
    start = {"city": _CITY, "ride_id": ride_id}
    assert leads_to(browser.submit(f"/rides/start/{vehicle_id}", start), "/rides")
    assert "End ride" in browser.get("/rides").text
    end = {"city": _CITY, "location": "Trevi Fountain"}
    ended = browser.submit(f"/rides/end/{ride_id}", end)
    assert leads_to(ended, f"/rides/{ride_id}?{urlencode({'city': _CITY})}")
    return ride_id
