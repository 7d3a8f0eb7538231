"""Writes static/css/bootstrap.css: the part of Bootstrap's style sheet that the pages use.

Bootstrap has two thousand classes in 232 kB, and MovR uses the two dozen listed here. A rule is
kept if all of its classes are listed, and a variable if something reads it. `make style` runs this;
the result is in the repository, and the server needs none of it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import flask_bootstrap
import tinycss2

CLASSES: Final = frozenset(
    {
        *("alert", "alert-danger", "alert-info", "alert-success", "alert-warning"),
        *("btn", "btn-close", "btn-danger", "btn-lg", "btn-primary", "btn-sm"),
        *("btn-outline-primary", "btn-outline-secondary"),
        *("container", "d-block", "mt-4", "text-muted", "visually-hidden"),
        *("form-control", "form-label", "form-select", "form-text"),
        *("invalid-feedback", "is-invalid"),
    }
)
"""When a template needs another class of Bootstrap's, add it here and run `make style`."""

SOURCE: Final = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css/bootstrap.min.css"
RESULT: Final = Path(__file__).resolve().parents[2] / "static/css/bootstrap.css"

_CLASS: Final = re.compile(r"\.([A-Za-z][\w-]*)")
_NEGATION: Final = re.compile(r":not\([^()]*\)")
# A semicolon may be part of a value only within quotes, as in embedded images.
_VARIABLE: Final = re.compile(
    r"""(?<=[{;])(--bs-[\w-]+):(?:[^;{}"']|"[^"]*"|'[^']*')*(?:;|(?=\}))"""
)
_READ: Final = re.compile(r"var\(\s*(--[\w-]+)")


def parts() -> str:
    """Return the rules of Bootstrap's style sheet that can apply to MovR's pages."""
    text = SOURCE.read_text()
    notice = text[: text.index("*/") + 2]
    own = "".join(sheet.read_text() for sheet in RESULT.parent.glob("*.css") if sheet != RESULT)
    rules = "\n".join(_rules(tinycss2.parse_stylesheet(text, skip_comments=True)))
    # Removing a variable may leave another one unread.
    while (smaller := _without_unread(rules, own)) != rules:
        rules = smaller
    return f"{notice}\n{rules}\n"


def _rules(nodes: list[Any]) -> Iterator[str]:
    for node in nodes:
        if node.type == "qualified-rule":
            selectors = [each for each in _selectors(node.prelude) if _may_apply(each)]
            if selectors:
                yield f"{','.join(selectors)}{{{tinycss2.serialize(node.content)}}}"
        elif node.type == "at-rule" and node.lower_at_keyword == "media":
            inner = "".join(_rules(tinycss2.parse_rule_list(node.content)))
            if inner:
                yield f"@media{tinycss2.serialize(node.prelude)}{{{inner}}}"


def _selectors(prelude: list[Any]) -> Iterator[str]:
    selector: list[Any] = []
    for part in [*prelude, None]:
        if part is None or part == ",":
            yield tinycss2.serialize(selector).strip()
            selector = []
        else:
            selector.append(part)


def _may_apply(selector: str) -> bool:
    return set(_CLASS.findall(_NEGATION.sub("", selector))) <= CLASSES


def _without_unread(rules: str, own: str) -> str:
    read = set(_READ.findall(rules + own))
    smaller = _VARIABLE.sub(lambda match: match[0] if match[1] in read else "", rules)
    return re.sub(r"[^{}\n]+\{\}\n?", "", smaller)


if __name__ == "__main__":
    RESULT.write_text(parts())
