"""What .ci/lock.py writes and what it finds missing, with a package index that is made here."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.support.gunicorn_server import ROOT


def publish(folder, name, *requirements, tag="py3-none-any"):
    """Put version 1 of a package into the index of this folder, as one wheel."""
    page = folder / "simple" / name.replace("_", "-") / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    file = page.with_name(f"{name}-1-{tag}.whl")
    with zipfile.ZipFile(file, "w") as wheel:
        lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1", "Requires-Python: >=3.11"]
        lines += [f"Requires-Dist: {each}" for each in requirements]
        info = f"{name}-1.dist-info"
        wheel.writestr(f"{info}/METADATA", "\n".join([*lines, ""]))
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    page.write_text(f'<a href="{file.name}#sha256={digest}">{file.name}</a>')


def run_lock(folder, command):
    """Run the script where pip is configured with the index of this folder."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    index, cache = (folder / "simple").as_uri(), str(folder / "cache")
    return subprocess.run(
        [sys.executable, ROOT / ".ci/lock.py", command],
        cwd=folder,
        env={**environment, "PIP_INDEX_URL": index, "UV_CACHE_DIR": cache},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with a Pipfile of two packages, its lock, and an index of all that there is."""
    folder = tmp_path_factory.mktemp("written")
    shop_needs = (
        'movr-early; python_full_version < "3.11.3"',
        'movr-late; python_version >= "3.13"',
    )
    publish(folder, "movr_shop", *shop_needs)
    publish(folder, "movr_early")
    publish(folder, "movr_late")
    publish(folder, "movr_trial", "movr-shop")
    packages, dev_packages = (
        'movr-shop = "==1"',
        "movr-trial = {version = '==1', markers = \"python_version < '3.14'\"}",
    )
    (folder / "Pipfile").write_text(f"[packages]\n{packages}\n\n[dev-packages]\n{dev_packages}\n")
    writing = run_lock(folder, "write")
    assert writing.returncode == 0, writing.stderr
    return folder


@pytest.fixture
def folder(written, tmp_path):
    """A copy of it, for a test to change."""
    return shutil.copytree(written, tmp_path / "folder")


@pytest.fixture
def lock(folder):
    return json.loads((folder / "Pipfile.lock").read_text())


def complaints(folder, lock):
    """What the check says of this lock, line by line."""
    (folder / "Pipfile.lock").write_text(json.dumps(lock))
    checking = run_lock(folder, "check")
    assert checking.returncode == 1
    return checking.stderr.splitlines()


def test_the_lock_has_what_any_python_needs_whichever_one_made_it(folder, lock):
    assert {name: entry.get("markers") for name, entry in lock["default"].items()} == {
        "movr-early": 'python_full_version < "3.11.3"',
        "movr-late": 'python_full_version >= "3.13"',
        "movr-shop": None,
    }
    assert set(lock["develop"]) == {*lock["default"], "movr-trial"}
    assert lock["develop"]["movr-trial"]["markers"] == 'python_full_version < "3.14"'
    assert lock["_meta"]["sources"] == []
    assert run_lock(folder, "check").returncode == 0


def test_what_the_lock_has_no_room_for_is_refused(folder):
    (folder / "Pipfile").write_text(
        "[packages]\nmovr-shop = {version = '==1', extras = ['till']}\n[dev-packages]\n"
    )
    writing = run_lock(folder, "write")
    assert (writing.returncode, writing.stderr) == (1, "The lock has no room for extras.\n")


def test_a_package_that_only_an_older_python_needs_or_another_is_missed(folder, lock):
    del lock["default"]["movr-early"]
    lock["default"]["movr-late"]["markers"] = 'python_version >= "3.14"'
    assert complaints(folder, lock) == [
        "Python 3.11.0 needs movr-early, which is not locked for it.",
        "Python 3.11.2 needs movr-early, which is not locked for it.",
        "Python 3.13.0 needs movr-late, which is not locked for it.",
        "Pipfile.lock does not hold: run make lock.",
    ]


def test_a_wheel_that_came_after_the_lock_is_missed(folder, lock):
    publish(folder, "movr_late", tag="py313-none-any")
    assert "Python 3.14.0 needs a wheel of movr-late==1 whose hash is not locked." in complaints(
        folder, lock
    )


def test_a_python_for_which_there_is_no_wheel_is_named(folder, lock):
    publish(folder, "movr_late", tag="cp313-none-any")
    assert "3.14.0" in complaints(folder, lock)[0]
