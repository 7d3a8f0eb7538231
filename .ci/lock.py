"""Writes Pipfile.lock for every Python that MovR runs on, and checks that it holds for them.

Run in the folder of the Pipfile: `python .ci/lock.py write`, or `check`. Pipenv reads the lock, but
does not write it: what it locks suits the Python that it runs on, and lacks what another one needs.
"""

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any, Final

from packaging.markers import Marker
from packaging.requirements import Requirement

# The floor; Debian 12's, which still lacks what 3.11.3 brought; then the first of each newer line.
_PYTHONS: Final = ("3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0")

_LOCK: Final = Path("Pipfile.lock")

# As in the lock: by name, with "version", "hashes" and, where not every Python needs it, "markers".
Packages = dict[str, dict[str, Any]]


def write() -> None:
    """Choose the newest versions that the Pipfile allows, and write them to Pipfile.lock."""
    pipfile = tomllib.loads(Path("Pipfile").read_text())
    groups = {
        group: list(_pins({name: _entry(asked) for name, asked in pipfile[section].items()}))
        for group, section in (("default", "packages"), ("develop", "dev-packages"))
    }
    # Together first, so that both groups agree on the versions and on who needs them.
    packages = _resolve([*groups["default"], *groups["develop"]])
    lock: dict[str, Any] = {
        "_meta": {
            "hash": {"sha256": _hash_of_pipfile()},
            "pipfile-spec": 6,
            "requires": {},
            # No index goes on record, so that everyone installs from the one that they have
            # configured.
            "sources": [],
        }
    }
    for group, requirements in groups.items():
        lock[group] = {name: packages[name] for name in _resolve(requirements, _pins(packages))}
    _LOCK.write_text(json.dumps(lock, indent=4) + "\n")


def check() -> None:
    """Raise SystemExit if one of the Pythons needs what Pipfile.lock does not give it."""
    lock = json.loads(_LOCK.read_text())
    # What `make run` installs has to be whole without the packages for development.
    groups = (lock["default"], {**lock["develop"], **lock["default"]})
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.map(lambda case: list(_missing(*case)), product(groups, _PYTHONS))
        missing = sorted({each for case in found for each in case})
    if missing:
        raise SystemExit("\n".join([*missing, "Pipfile.lock does not hold: run make lock."]))


def _entry(asked: str | dict[str, Any]) -> dict[str, Any]:
    """Return what a Pipfile asks for as the lock has it: a version may be all there is."""
    entry = {"version": asked} if isinstance(asked, str) else asked
    if unknown := entry.keys() - {"version", "markers"}:
        raise SystemExit(f"The lock has no room for {', '.join(sorted(unknown))}.")
    return entry


def _resolve(requirements: list[str], constraints: Iterable[str] = ()) -> Packages:
    """Return what these requirements need on any Python from the floor on."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(constraints))
        file.flush()
        text = _compile(
            requirements,
            *("--universal", "--python-version", _PYTHONS[0], "--generate-hashes"),
            # A Pipfile.lock has room for one version of each package.
            *("--fork-strategy", "fewest", "--constraints", file.name),
        )
    packages: Packages = {}
    for line in text.replace("\\\n", "").splitlines():
        pinned, *hashes = re.split(r"\s+--hash=", line)
        requirement = Requirement(pinned)
        if requirement.name in packages:
            raise SystemExit(f"{requirement.name} would need two versions: pin one in the Pipfile.")
        marker = {"markers": str(requirement.marker)} if requirement.marker else {}
        packages[requirement.name] = {
            "hashes": sorted(hashes),
            **marker,
            "version": str(requirement.specifier),
        }
    return packages


def _missing(locked: Packages, python: str) -> Iterator[str]:
    """Say what this Python needs and these packages do not give it."""
    variables = {"python_version": python.rpartition(".")[0], "python_full_version": python}
    needed = tomllib.loads(
        _compile(list(_pins(locked)), "--python-version", python, "--format", "pylock.toml")
    )
    for package in needed["packages"]:
        name, version = package["name"], f"=={package['version']}"
        entry = locked.get(name, {"version": None})
        if entry["version"] != version or not (
            "markers" not in entry or Marker(entry["markers"]).evaluate(variables)
        ):
            yield f"Python {python} needs {name}, which is not locked for it."
            continue
        # Of the files of a version, uv lists only those that suit this Python.
        hashes = {f"sha256:{wheel['hashes']['sha256']}" for wheel in package["wheels"]}
        if hashes.isdisjoint(entry["hashes"]):
            yield f"Python {python} needs a wheel of {name}{version} whose hash is not locked."


def _pins(packages: Packages) -> Iterator[str]:
    for name, entry in packages.items():
        yield f"{name}{entry['version']} ; {entry.get('markers', '')}".rstrip(" ;")


def _compile(requirements: list[str], *options: str) -> str:
    """Return what uv makes of these requirements; raises SystemExit with the reason if nothing."""
    # Nothing is built, and no Python is looked for: uv would fetch one of the version asked for.
    without = ("--no-header", "--no-annotate", "--only-binary=:all:", "--python", sys.executable)
    run = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--quiet", *without, *options, "-"],
        env=_settings(),
        input="\n".join(requirements),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SystemExit(f"uv pip compile {' '.join(options)}: {run.stderr}")
    return run.stdout


@functools.cache
def _settings() -> dict[str, str]:
    """Return the environment, in which uv gets from pip's settings what it does not read there."""
    pip = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    # The environment's come first, as they do for pip.
    index = re.search(r"^\S+\.index-url='(.*)'$", pip.stdout, re.MULTILINE)
    return {
        "UV_SYSTEM_CERTS": "true",
        **({"UV_DEFAULT_INDEX": index[1]} if index else {}),
        **os.environ,
    }


def _hash_of_pipfile() -> str:
    # Imported last, since it puts Pipenv's own copies of other packages on the path.
    from pipenv.vendor.plette import Pipfile

    with Path("Pipfile").open() as file:
        return str(Pipfile.load(file).get_hash().value)


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]]()
