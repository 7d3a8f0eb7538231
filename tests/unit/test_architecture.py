"""The rules of the house: imports go down only, and each room keeps to itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from movr import transactions

ROOT = Path(__file__).resolve().parents[2]


def imports(*folders: str) -> Iterator[tuple[str, str]]:
    """(file, module) for everything that the files of folders import, wherever they do it."""
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    for path in sorted(paths):
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((file, f"{node.module}.{alias.name}") for alias in node.names)


def importers(folder: str, *modules: str) -> list[str]:
    """The files of a folder that import one of these modules, or something out of it."""
    return [
        f"{file} imports {name}"
        for file, name in imports(folder)
        if any(f"{name}.".startswith(f"{module}.") for module in modules)
    ]


def test_movr_knows_nothing_of_flask_or_the_pages():
    assert importers("movr", "flask", "flask_login", "flask_wtf", "wtforms", "web", "server") == []
    assert importers("movr", "werkzeug") == [
        "movr/passwords.py imports werkzeug.security.check_password_hash",
        "movr/passwords.py imports werkzeug.security.generate_password_hash",
    ]


def test_web_reaches_data_through_the_movr_class_only():
    subjects = {path.parent.name for path in (ROOT / "movr").glob("*/methods.py")}
    assert subjects >= {"accounts", "vehicles", "rides", "database"}
    inner = ("models", "transactions", *subjects)
    assert importers("web", "sqlalchemy", "psycopg2", *(f"movr.{each}" for each in inner)) == []


def test_every_write_of_a_subject_is_on_the_list():
    files = (ROOT / "movr").glob("*/*transactions.py")
    found = {
        name for file in files for name in re.findall(r"^def (\w+_txn)", file.read_text(), re.M)
    }
    assert found | {"add_sample_txn"} == set(transactions.__all__)


def test_nothing_in_the_house_imports_the_entry():
    assert importers("movr", "server") == importers("web", "server") == []


def test_routes_import_no_routes():
    assert importers("web/routes", "web.routes") == []


def test_routes_are_imported_by_the_factory_only():
    assert {found.split()[0] for found in importers("web", "web.routes")} == {"web/app.py"}


def test_only_the_settings_of_gunicorn_import_what_runs_in_it():
    outside = [
        found for found in importers("web", "web.server") if not found.startswith("web/server/")
    ]
    assert {found.split()[0] for found in outside} == {"web/gunicorn.py"}
    assert importers("movr", "gunicorn") == []
    assert {found.split()[0] for found in importers("web", "gunicorn")} <= {
        "web/gunicorn.py",
        "web/server/connections.py",
        "web/server/clients.py",
    }


def test_imports_are_found_in_all_their_forms():
    assert importers("movr", "sqlalchemy.orm.Session")
    assert importers("web", "movr.movr", "movr.MovR")
    assert importers("web", "movr.models") == []
