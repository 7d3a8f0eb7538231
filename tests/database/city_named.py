"""Finds the statements that would leave the region: those that do not say which city they mean."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Case, Delete, Join, Null, Select, TableClause, TextClause, Update
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList, ColumnClause
from sqlalchemy.sql.selectable import Alias

from tests.database.wire import Sent

TABLES = ("users", "mails", "vehicles", "rides", "problems")


def complaints(sent: Sent) -> list[str]:
    """Where a statement leaves the city open, in words; nothing if it names it everywhere."""
    verb = sent.text.split()[0]
    if verb == "INSERT":
        return [] if re.match(r"INSERT INTO \w+ \(city, ", sent.text) else ["the row has no city"]
    if verb not in ("SELECT", "UPDATE", "DELETE", "WITH"):
        return []
    statement = getattr(sent.source, "statement", None)
    if statement is None:
        return ["nobody knows what it asks for"]
    # What the ORM was given, it has compiled to this.
    state = sent.source.compile_state
    return list(open_tables(getattr(state, "statement", statement)))


def open_tables(statement: Any) -> Iterator[str]:
    """The tables, in the statement and in its subqueries, of which any city could be meant."""
    for node in visitors.iterate(statement):
        if isinstance(node, TextClause) and re.search("|".join(TABLES), node.text):
            yield "a part is plain text"
        elif isinstance(node, Select):
            froms: list[Any] = [each for from_ in node.get_final_froms() for each in _flat(from_)]
            conditions = [node.whereclause, *(each.onclause for each in froms if _is_join(each))]
            names = [_name_of(each) for each in froms if isinstance(each, TableClause | Alias)]
            yield from _open(names, conditions)
        elif isinstance(node, Update | Delete):
            yield from _open(_names_in(node), [node.whereclause])


def _names_in(statement: Update | Delete) -> list[str]:
    """The table that is changed, and those beside it of which a condition speaks."""
    names = {_name_of(statement.table)}
    for part in _parts(statement.whereclause):
        if isinstance(part, BinaryExpression):
            names |= {
                _name_of(side.table) for side in (part.left, part.right) if _is_of_table(side)
            }
    return sorted(names)


def _is_of_table(side: Any) -> bool:
    return isinstance(side, ColumnClause) and side.table is not None


def _is_join(from_: Any) -> bool:
    return isinstance(from_, Join)


def _flat(from_: Any) -> Iterator[Any]:
    yield from_
    if _is_join(from_):
        yield from _flat(from_.left)
        yield from _flat(from_.right)


def _open(names: list[str], conditions: list[Any]) -> Iterator[str]:
    """The names whose city is compared neither with a value nor with a city that is."""
    pairs = [pair for condition in conditions for each in _parts(condition) for pair in _ties(each)]
    named: set[str] = set()
    # Each round may settle the tables that hang on those of the round before.
    for _ in names:
        named |= {name for name, value in pairs if _is_settled(value, names, named)}
    yield from (f"any city of {name}" for name in names if name not in named)


def _parts(condition: Any) -> Iterator[Any]:
    """The conditions that all must hold."""
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for clause in condition.clauses:
            yield from _parts(clause)
    elif condition is not None:
        yield condition


def _ties(condition: Any) -> Iterator[tuple[str, Any]]:
    """(table, value) where the condition says that a table's city is the value, or one of some."""
    if not isinstance(condition, BinaryExpression):
        return
    sides = [(condition.left, condition.right)]
    if condition.operator is operators.eq:
        sides.append((condition.right, condition.left))
    elif condition.operator is not operators.in_op:
        return
    for column, value in sides:
        if isinstance(column, ColumnClause) and column.name == "city" and column.table is not None:
            yield _name_of(column.table), value


def _is_settled(value: Any, names: list[str], named: set[str]) -> bool:
    if isinstance(value, BindParameter | Null):
        return True
    if isinstance(value, Case):
        results = [result for _, result in value.whens] + [value.else_]
        return all(each is None or _is_settled(each, names, named) for each in results)
    if not isinstance(value, ColumnClause) or value.table is None:
        return False
    # The city of another row will do, if that row's own city is named: here or, where the row is
    # a subquery's or belongs to the statement around, there.
    table = _name_of(value.table)
    return table in named or table not in names


def _name_of(table: Any) -> str:
    """What a statement calls a table, a subquery or an alias of one."""
    return str(table.name)
