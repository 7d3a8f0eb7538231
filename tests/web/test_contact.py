"""Error pages say where there is help, if an operator has said so."""

import pytest

from tests.web.site import links, new_browser, words
from web.config import Config


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("help@movr.example", "mailto:help@movr.example"),
        ("https://movr.example/help?a=1&b=2", "https://movr.example/help?a=1&b=2"),
    ],
)
def test_error_page_names_the_contact(make_app, config, contact, link):
    app = make_app(Config(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI, CONTACT=contact))
    page = app.test_client().get("/no/such/page")
    assert page.status_code == 404
    assert f"Need help? {contact}" in words(page)
    assert links(page)[contact] == link


def test_error_page_names_nobody_unless_it_is_told(app):
    assert "Need help?" not in words(new_browser(app).get("/no/such/page"))
