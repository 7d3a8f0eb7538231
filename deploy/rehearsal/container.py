"""Builds what the Dockerfile describes and runs it, with nothing but Linux's own namespaces.

This machine's system and Python stand in for the base image; all else is as in the image: the same
steps, only the files that it ships, an account that owns nothing, nothing to write to but memory.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from .dockerfile import Ignored, Instruction, read_stages, with_variables

_ENTER: Final = Path(__file__).resolve().with_name("enter.sh")
_BASE: Final = "/base"
_PATH: Final = f"{_BASE}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How pip reaches the packages is this machine's business, in a real build as in this one.
_OF_THE_MACHINE: Final = ("PIP_", "SSL_CERT_", "REQUESTS_CA_", "HTTP_", "HTTPS_", "NO_PROXY")
_PRIVILEGED: Final = os.geteuid() == 0


class StepFailed(Exception):
    """An instruction RUN failed; the text is what it ran and what that wrote."""


@dataclass
class Image:
    """A file system, and how the program in it is to be run."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    folder: PurePosixPath = field(default_factory=lambda: PurePosixPath("/"))
    user: str = "0:0"
    health_check: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def files(self, folder: str) -> set[str]:
        """Return every file under the absolute `folder`, relative to it."""
        top = self.at(folder)
        return {str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir()}

    def at(self, path: str | PurePosixPath) -> Path:
        """Return where `path`, relative to the folder worked in, is on this machine."""
        return self.root / str(self.folder / path).lstrip("/")


def unavailable_reason() -> str | None:
    """Return why no container can be made here, None when one can."""
    if not sys.platform.startswith("linux"):
        return "only Linux has namespaces"
    missing = [name for name in ("unshare", "setpriv") if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    trial = [*_unshare(), "mount", "-t", "tmpfs", "tmpfs", "/tmp"]  # noqa: S108 (its own /tmp)
    if subprocess.run(trial, capture_output=True, check=False).returncode != 0:
        return "this account may not make mount namespaces"
    return None


def build(source: Path, work: Path) -> Image:
    """Return what the Dockerfile in `source` describes, built in `work`; raises StepFailed."""
    ignored = Ignored(source / ".dockerignore")
    images: dict[str, Image] = {}
    for number, stage in enumerate(read_stages(source / "Dockerfile")):
        image = Image(_new_root(work / f"stage-{number}"))
        arguments: dict[str, str] = {}
        for instruction in stage.instructions:
            match instruction.keyword:
                case "ARG":
                    name, _, default = instruction.text.partition("=")
                    arguments[name] = default
                case "COPY":
                    _copy(instruction, image, images, source, ignored)
                case "RUN":
                    _run(instruction.text, image, work)
                case _:
                    _set(instruction, image, arguments)
        images[stage.name] = image
    return images[""]


def start(
    image: Image,
    command: Sequence[str],
    environment: Mapping[str, str],
    scratch: Path,
    **popen: Any,
) -> "subprocess.Popen[bytes]":
    """Run a command as a container of the image would, its file system read-only.

    `scratch` is its /tmp. What is returned runs outside; processes_of() names those inside.
    """
    scratch.chmod(0o1777)
    user, group = image.user.split(":")
    if _PRIVILEGED:
        become = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        become += ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
    else:
        become = ["unshare", "--user", f"--map-user={user}", f"--map-group={group}"]
    return subprocess.Popen(
        [*_enter(image, "ro", scratch), *become, *_in_folder(image), *command],
        env={**image.environment, **environment},
        stdin=subprocess.DEVNULL,
        **popen,
    )


def processes_of(container: "subprocess.Popen[bytes]") -> list[int]:
    """Return the ids, on this machine, of the first process in a container and its children."""
    first = _children(container.pid)
    return first + [child for pid in first for child in _children(pid)]


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []


def _unshare() -> list[str]:
    own_account = [] if _PRIVILEGED else ["--user", "--map-root-user"]
    return ["unshare", *own_account, "--mount", "--pid", "--fork", "--kill-child=KILL"]


def _enter(image: Image, mode: str, scratch: Path) -> list[str]:
    return [*_unshare(), "sh", str(_ENTER), str(image.root), mode, str(scratch), sys.base_prefix]


def _in_folder(image: Image) -> list[str]:
    return ["env", f"--chdir={image.folder}"]


def _new_root(root: Path) -> Path:
    """Return an empty file system but for `python`, which the base image has."""
    python = Path(
        sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"
    )
    wrapper = root / _BASE.lstrip("/") / "python"
    wrapper.parent.mkdir(parents=True)
    # Not a link, in which Python would look for its library.
    wrapper.write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    wrapper.chmod(0o755)
    return root


def _copy(
    instruction: Instruction,
    image: Image,
    images: Mapping[str, Image],
    source: Path,
    ignored: Ignored,
) -> None:
    *sources, target = (word for word in instruction.words() if not word.startswith("--"))
    from_stage = instruction.text.startswith("--from=")
    stage = instruction.words()[0].removeprefix("--from=")
    for name in sources:
        path = images[stage].at(name) if from_stage else source / name
        into = image.at(target) / path.name if target.endswith("/") else image.at(target)
        if not from_stage and name in ignored:
            raise StepFailed(f"COPY {instruction.text}: .dockerignore keeps {name} out")
        into.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            keep_out = None if from_stage else _ignoring(source, ignored)
            shutil.copytree(path, into, symlinks=True, ignore=keep_out, dirs_exist_ok=True)
        else:
            shutil.copy2(path, into)


def _ignoring(source: Path, ignored: Ignored) -> Any:
    def names_to_skip(folder: str, names: list[str]) -> list[str]:
        return [n for n in names if str(Path(folder, n).relative_to(source)) in ignored]

    return names_to_skip


def _run(text: str, image: Image, work: Path) -> None:
    scratch = work / "tmp"
    scratch.mkdir(exist_ok=True)
    machine = {k: v for k, v in os.environ.items() if k.upper().startswith(_OF_THE_MACHINE)}
    done = subprocess.run(
        [*_enter(image, "rw", scratch), *_in_folder(image), "sh", "-c", text],
        env={**machine, **image.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        raise StepFailed(f"RUN {text}\n{done.stdout.decode(errors='replace')}")


def _set(instruction: Instruction, image: Image, arguments: Mapping[str, str]) -> None:
    match instruction.keyword:
        case "WORKDIR":
            image.folder /= instruction.text
            image.at(".").mkdir(parents=True, exist_ok=True)
        case "ENV":
            known = {**arguments, **image.environment}
            for word in instruction.words():
                name, _, value = word.partition("=")
                image.environment[name] = with_variables(value, known)
        case "USER":
            image.user = instruction.text
        case "HEALTHCHECK":
            image.health_check = json.loads(instruction.text.partition("CMD ")[2])
        case "CMD":
            image.command = json.loads(instruction.text)
