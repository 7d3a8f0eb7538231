"""The Kubernetes manifests as they are applied, each folder rendered once."""

import functools
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.support.gunicorn_server import ROOT

FOLDER = Path(ROOT, "deploy", "kubernetes")
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())

Manifest = dict[str, Any]


def unavailable_reason() -> str | None:
    """Why nothing can be rendered here, None when it can."""
    return None if _renderer() else "Neither kubectl nor kustomize is installed"


@functools.cache
def rendered(folder: str) -> tuple[Manifest, ...]:
    """Return the manifests of a folder under deploy/kubernetes."""
    command = [*(_renderer() or ()), str(FOLDER / folder)]
    text = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    return tuple(yaml.safe_load_all(text))


def only(kind: str, manifests: tuple[Manifest, ...]) -> Manifest:
    """Return the one manifest of this kind."""
    (manifest,) = (manifest for manifest in manifests if manifest["kind"] == kind)
    return manifest


def _renderer() -> list[str] | None:
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    return None
