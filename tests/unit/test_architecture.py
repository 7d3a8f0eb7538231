"""The floors of the house: imports go down only."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def imports(folder):
    """(file, module) for everything that the files of a folder import, wherever they do it."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path.name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((path.name, f"{node.module}.{alias.name}") for alias in node.names)


def forbidden(folder, *modules):
    return [
        f"{file} imports {name}"
        for file, name in imports(folder)
        if any(f"{name}.".startswith(f"{module}.") for module in modules)
    ]


def test_backend_knows_nothing_of_the_web():
    assert forbidden("movr", "flask", "flask_login", "flask_wtf", "wtforms", "web", "server") == []
    assert forbidden("movr", "werkzeug") == [
        "passwords.py imports werkzeug.security.check_password_hash",
        "passwords.py imports werkzeug.security.generate_password_hash",
    ]


def test_pages_reach_data_through_movr_only():
    inner = ("models", "transactions", "account_transactions", "queries", "map_queries")
    assert forbidden("web", "sqlalchemy", "psycopg2", *(f"movr.{each}" for each in inner)) == []


def test_imports_are_found_in_all_their_forms():
    assert forbidden("movr", "sqlalchemy.orm.Session")
    assert forbidden("web", "movr.movr", "movr.MovR")
    assert forbidden("web", "movr.models") == []
