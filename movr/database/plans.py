"""Reads the output of EXPLAIN ANALYZE of CockroachDB.

Its text is made for people and may change between versions: what cannot be read is None.
"""

import re
from dataclasses import dataclass
from typing import Final

# A line of the tree is indented by the branches to it.
_BRANCHES: Final = r"[\s│├└─]*"
_OPERATOR: Final = re.compile(rf"^{_BRANCHES}• (.+)$", re.MULTILINE)
_REGIONS: Final = re.compile(r"^regions: (.+)$", re.MULTILINE)
_ROWS_IN_ALL: Final = re.compile(r"^rows (?:decoded|read) from KV: ([\d,]+)", re.MULTILINE)
_ROWS_OF_ONE: Final = re.compile(rf"^{_BRANCHES}KV rows (?:decoded|read): ([\d,]+)$", re.MULTILINE)
_SPANS: Final = re.compile(rf"^{_BRANCHES}spans: (.+)$", re.MULTILINE)
_UNIQUENESS: Final = re.compile(rf"^{_BRANCHES}uniqueness check: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a statement was executed and how many rows it read; None is unknown.

    `unseen` are the unique indexes that it checked as well, in regions that are not listed: the
    database does not say which.
    """

    regions: frozenset[str] | None
    rows_read: int | None
    full_scan: bool | None
    unseen: tuple[str, ...]


def read_plan(text: str) -> Plan:
    """Return what the text of a plan says."""
    header, _, tree = text.partition("\n\n")
    regions = _REGIONS.search(header)
    return Plan(
        frozenset(regions[1].split(", ")) if regions else None,
        _rows_read(header, tree),
        _full_scan(tree),
        tuple(_UNIQUENESS.findall(tree)),
    )


def _rows_read(header: str, tree: str) -> int | None:
    """Return the rows read from the store: in total or, if that is missing, added up.

    Only the operators that read from the store say how many rows.
    """
    in_all = _ROWS_IN_ALL.search(header)
    if in_all:
        return _number(in_all[1])
    readers = sum(_reads(operator) for operator in _OPERATOR.findall(tree))
    rows = [_number(found) for found in _ROWS_OF_ONE.findall(tree)]
    known = bool(_OPERATOR.search(tree)) and len(rows) >= readers
    return sum(rows) if known else None


def _full_scan(tree: str) -> bool | None:
    """Return whether any scan reads all of a table or index; LIMITED SCAN ends early."""
    spans = _SPANS.findall(tree)
    if any(span.startswith("FULL SCAN") for span in spans):
        return True
    operators: list[str] = _OPERATOR.findall(tree)
    scans = sum(_is_scan(operator) for operator in operators)
    return False if operators and len(spans) >= scans else None


def _is_scan(operator: str) -> bool:
    return re.fullmatch(r"(?:revscan|scan)(?! buffer)\b.*", operator) is not None


def _reads(operator: str) -> bool:
    joins = ("index join", "lookup join", "zigzag join", "inverted join")
    return _is_scan(operator) or operator.startswith(joins)


def _number(text: str) -> int:
    return int(text.replace(",", ""))
