"""A stand-in for `gcloud`: writes down what it is asked and knows what is there already."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.gunicorn_server import ROOT

SCRIPT = Path(ROOT, "deploy", "cloudrun", "deploy.sh")
# It answers `describe` for what was there from the start and for what it was told to create. A call
# is written down as its words, one a line, and an empty line.
_GCLOUD = r"""#!/bin/sh
touch "$CLOUD/things"
for word; do
    case $word in --project=* | --quiet) continue ;; esac
    echo "$word" >>"$CLOUD/calls"
    case $word in
        --network-endpoint-group-region=*) place=${word#*=} ;;
        --network-endpoint-group=*) group=${word#*=} ;;
    esac
    if [ -n "$verb" ]; then
        # An account is created by its name and known by its address.
        name=${name:-${word%%@*}}
    else
        case $word in describe | create | add-backend) verb=$word ;; *) path="$path$word " ;; esac
    fi
done
echo >>"$CLOUD/calls"
case "$path$verb $*" in
    *versions*) echo projects/1/secrets/some/versions/7 ;;
    *"backends[]"*) grep "^backend " "$CLOUD/things" | tr "\n" ";" ;;
    *"$path"describe*) grep -qxF "$path$name" "$CLOUD/things" ;;
    *"$path"add-backend*)
        echo "backend regions/$place/networkEndpointGroups/$group" >>"$CLOUD/things" ;;
    *"$path"create*)
        case $* in *--data-file=-*) cat >"$CLOUD/secret" ;; esac
        echo "$path$name" >>"$CLOUD/things" ;;
esac
"""


class Call(NamedTuple):
    """One command, as the words after `gcloud`, without the project."""

    words: list[str]

    def option(self, name: str) -> str:
        """Return the value of --name=VALUE."""
        (value,) = self.options(name)
        return value

    def options(self, name: str) -> list[str]:
        """Return every value of --name=VALUE."""
        return [w.partition("=")[2] for w in self.words if w.startswith(f"--{name}=")]


class Cloud:
    """A project in which some things are there and others are not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "gcloud"
        program.write_text(_GCLOUD)
        program.chmod(0o755)

    def add(self, *things: str) -> None:
        """Have things there, each named by its command and its own name."""
        with (self._folder / "things").open("a") as file:
            file.writelines(f"{thing}\n" for thing in things)

    def deploy(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the script; what an earlier run has called is forgotten."""
        (self._folder / "calls").unlink(missing_ok=True)
        return subprocess.run(
            [str(SCRIPT), *arguments],
            env={"PATH": f"{self._folder}:{os.environ['PATH']}", "CLOUD": str(self._folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def calls(self, *containing: str) -> list[Call]:
        """Return what was called with all of these words in it, in its order."""
        path = self._folder / "calls"
        blocks = path.read_text().split("\n\n")[:-1] if path.exists() else []
        calls = [Call(block.splitlines()) for block in blocks]
        return [call for call in calls if set(containing) <= set(call.words)]

    def secret(self) -> str:
        """Return what was last written to Secret Manager."""
        return (self._folder / "secret").read_text()


def printed_commands(output: str) -> list[Call]:
    """Return the commands that a dry run has printed."""
    commands = [line for line in output.splitlines() if line and not line.startswith("#")]
    calls = []
    for command in commands:
        words = shlex.split(command)
        start = words.index("gcloud") + 1
        calls.append(
            Call([w for w in words[start:] if not w.startswith(("--project=", "--quiet"))])
        )
    return calls
