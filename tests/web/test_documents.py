"""Help, terms and privacy: linked from every page, in the operator's words where there are any."""

import pytest

from tests.web.site import links, new_browser, words
from web.config import Config, ConfigError

PAGES = {"/help": "Start a ride", "/terms": "Your account", "/privacy": "What MovR keeps"}


@pytest.fixture
def folder(tmp_path):
    """An operator's folder, which has a text for the terms alone."""
    text = "# Our *terms*\n\nNo <b>racing</b>. [More](javascript:alert(1)) and [rules](/help).\n"
    (tmp_path / "terms.md").write_text(text)
    return tmp_path


@pytest.mark.parametrize("path", PAGES)
def test_page_is_in_movrs_own_words_and_every_page_leads_to_it(app, path):
    client = new_browser(app)
    page = client.get(path)
    assert page.status_code == 200
    assert PAGES[path] in words(page)
    for other in ("/", "/login", "/no/such/page", path):
        assert path in links(client.get(other)).values()


def test_who_signs_up_can_read_what_they_agree_to(app):
    assert {"/terms", "/privacy"} <= set(links(new_browser(app).get("/register")).values())


def test_operators_text_takes_the_place_of_movrs_and_html_in_it_is_text(make_app, config, folder):
    app = make_app(
        Config(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI, DOCUMENTS=str(folder))
    )
    client = app.test_client()
    page = client.get("/terms")
    assert "<h1>Our <em>terms</em></h1>" in page.text
    assert page.text.count("<h1") == 1
    assert "No &lt;b&gt;racing&lt;/b&gt;." in page.text
    assert "javascript:" not in page.text
    assert links(page)["rules"] == "/help"
    assert PAGES["/help"] in words(client.get("/help"))


def test_help_and_privacy_name_the_contact(make_app, config):
    app = make_app(
        Config(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI, CONTACT="help@movr.example")
    )
    for path in ("/help", "/privacy"):
        assert links(app.test_client().get(path))["help@movr.example"] == "mailto:help@movr.example"


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"\xff\xfe\xfa", "not UTF-8"), (b"x" * 300_000, "longer than 256 kB")],
    ids=["encoding", "size"],
)
def test_text_that_cannot_be_shown_is_refused_at_the_start(monkeypatch, folder, content, fault):
    (folder / "help.md").write_bytes(content)
    monkeypatch.setenv("DOCUMENTS", str(folder))
    with pytest.raises(ConfigError, match=rf"DOCUMENTS.*help.md.*{fault}"):
        Config.from_environment()


def test_folder_that_is_not_there_is_refused_at_the_start(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCUMENTS", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"DOCUMENTS.*must be a folder"):
        Config.from_environment()
