"""The application with a bug: it fails on the first name in EXPLODES_ON, and tells all it knows.

Name it `tests.web.faulty_app:app`. Its database is a PostgreSQL stand-in.
"""

import os
from typing import Any, NoReturn

from flask import request, session

from movr import MovR
from movr.passwords import hash_password
from tests.support.standin_app import app

_EXPLOSIVE = os.environ["EXPLODES_ON"]

_movr: MovR = app.extensions["movr"]
_add_user = _movr.add_user


def _explode(password: str, **given: Any) -> NoReturn:
    secret = {"hash": hash_password(password), **app.config, **session, **dict(request.headers)}
    try:
        int(password)  # An error of Python's own that quotes what it was given.
    except ValueError as error:
        raise RuntimeError(f"{request.full_path}: {given} {secret}") from error
    raise AssertionError(password)


def _add_user_or_explode(**given: Any) -> Any:
    return _explode(**given) if given["first_name"] == _EXPLOSIVE else _add_user(**given)


_movr.add_user = _add_user_or_explode  # type: ignore[method-assign]
