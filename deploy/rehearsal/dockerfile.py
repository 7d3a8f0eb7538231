"""Reads a Dockerfile and a .dockerignore, as far as MovR's own go; more is refused, not skipped."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_KNOWN: Final = frozenset(
    (
        "ARG",
        "CMD",
        "COPY",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "RUN",
        "USER",
        "WORKDIR",
    )
)
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Instruction:
    """One instruction, its continued lines joined."""

    keyword: str
    text: str

    def words(self) -> list[str]:
        """Return the arguments and options, as a shell would divide them."""
        return shlex.split(self.text)


@dataclass(frozen=True)
class Stage:
    """What stands from one FROM to the next, FROM left out."""

    name: str
    instructions: list[Instruction] = field(default_factory=list)


def read_stages(path: Path) -> list[Stage]:
    """Return the stages in their order; raises ValueError at an instruction that is not known."""
    stages: list[Stage] = []
    for instruction in _instructions(path.read_text()):
        if instruction.keyword not in _KNOWN:
            raise ValueError(f"nothing is known of the instruction {instruction.keyword}")
        if instruction.keyword == "FROM":
            words = instruction.words()
            stages.append(Stage(words[2] if len(words) == 3 else ""))
        elif stages:
            stages[-1].instructions.append(instruction)
    return stages


def copied_from_context(stages: list[Stage]) -> list[str]:
    """Return every path that is copied out of the folder that is built from."""
    return [
        source
        for stage in stages
        for instruction in stage.instructions
        if instruction.keyword == "COPY" and "--from=" not in instruction.text
        for source in instruction.words()[:-1]
    ]


def with_variables(text: str, variables: Mapping[str, str]) -> str:
    """Return `text` with each $NAME and ${NAME} replaced, by nothing if there is no such value."""
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), text)


class Ignored:
    """What a .dockerignore keeps out of a build: the last pattern that fits a path decides."""

    def __init__(self, path: Path) -> None:
        lines = (line.strip() for line in path.read_text().splitlines())
        self._rules = [
            (not line.startswith("!"), _pattern(line.lstrip("!")))
            for line in lines
            if line and not line.startswith("#")
        ]

    def __contains__(self, path: str) -> bool:
        """Whether `path`, relative and with slashes, is kept out, itself or with a folder above."""
        parts = path.split("/")
        paths = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        kept_out = False
        for keeps_out, pattern in self._rules:
            if any(pattern.fullmatch(candidate) for candidate in paths):
                kept_out = keeps_out
        return kept_out


def _instructions(text: str) -> Iterator[Instruction]:
    # As Docker does, drop comments first: they may stand between continued lines.
    lines = (
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    )
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    for line in joined.splitlines():
        keyword, _, rest = line.strip().partition(" ")
        yield Instruction(keyword.upper(), rest.strip())


def _pattern(text: str) -> re.Pattern[str]:
    translated = re.escape(text.strip("/"))
    for glob, expression in ((r"\*\*/", "(?:.*/)?"), (r"\*", "[^/]*"), (r"\?", "[^/]")):
        translated = translated.replace(glob, expression)
    return re.compile(translated)
