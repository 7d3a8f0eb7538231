"""The Dockerfile and .dockerignore: what is copied into the image is the whole application.

The image itself, with its packages and its account, is built and run by .github/workflows/ci.yml.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import requests

from tests.support.gunicorn_server import ROOT, GunicornServer

# Like the image's account, it may write nothing that it is not allowed to. Root is made such an
# account by taking its capabilities away: another one might not reach the Python of these tests.
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
AS_ACCOUNT = UNPRIVILEGED if os.geteuid() == 0 else ()


def context() -> tuple[set[str], list[str]]:
    """What .dockerignore lets into a build, and the patterns of what stays out even below that."""
    lines = Path(ROOT, ".dockerignore").read_text().splitlines()
    everything, *patterns = [line for line in lines if line and not line.startswith("#")]
    let_in = {pattern[1:] for pattern in patterns if pattern.startswith("!")}
    left_out = [pattern[3:] for pattern in patterns if pattern.startswith("**/")]
    assert everything == "*"
    assert len(patterns) == len(let_in) + len(left_out), "a kind of pattern that is not read here"
    return let_in, left_out


def copy_as_the_dockerfile_does(app: Path, left_out: list[str]) -> set[str]:
    """Fill the folder with what is copied into /app; the names of all that is copied."""
    copied = set()
    build = Path(ROOT, "Dockerfile").read_text().partition("\nFROM ${PYTHON_IMAGE}\n")[0]
    folder = ""
    for keyword, text in re.findall(r"^(WORKDIR|COPY) (.+)$", build, re.MULTILINE):
        if keyword == "WORKDIR":
            folder = text
            continue
        *sources, target = text.split()
        copied |= {*sources}
        for source in sources if folder == "/app" else ():
            path = app / target / source if target == "./" else app / target
            if Path(ROOT, source).is_dir():
                shutil.copytree(ROOT / source, path, ignore=shutil.ignore_patterns(*left_out))
            else:
                shutil.copy(ROOT / source, path)
    return copied


def test_what_the_dockerfile_copies_serves_an_account_that_may_not_write_there(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    let_in, left_out = context()
    assert copy_as_the_dockerfile_does(app, left_out) == let_in
    subprocess.run(["chmod", "-R", "a=rX", app], check=True)
    assert subprocess.run([*AS_ACCOUNT, "touch", app / "x"], check=False).returncode != 0

    settings = {"SECRET_KEY": secrets.token_hex(), "DB_URI": f"sqlite:///{tmp_path}/movr.db"}
    upgrade_db = [*AS_ACCOUNT, sys.executable, "-m", "flask", "--app", "server", "upgrade-db"]
    subprocess.run(upgrade_db, cwd=app, env={"PATH": os.environ["PATH"], **settings}, check=True)
    with GunicornServer(settings, root=app, run_by=AS_ACCOUNT) as server:
        assert requests.get(f"{server.url}/healthz", timeout=10).text == "ok\n"
        assert requests.get(f"{server.url}/readyz", timeout=10).ok
        page = requests.get(server.url, timeout=10)
        assert page.ok
        (sheet,) = re.findall(r'href="(/static/[^"]+/movr\.css)"', page.text)
        assert requests.get(server.url + sheet, timeout=10).ok
