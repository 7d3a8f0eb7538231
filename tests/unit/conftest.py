"""Fixtures of the unit tests."""

from collections.abc import Iterator

import pytest
from flask import Flask

from web import translation


@pytest.fixture
def page() -> Iterator[None]:
    """A page in English, for what is written in the language of the page."""
    app = Flask(__name__)
    translation.init_app(app)
    with app.test_request_context():
        yield
