"""The browser gets one style sheet of MovR's, made of all that is in static/css."""

import re
from pathlib import Path

import pytest

from tests.support.gunicorn_server import ROOT
from web.assets import stylesheet

FOLDER = Path(ROOT, "static/css")


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


@pytest.mark.parametrize("path", ["/", "/login", "/no-such-page"])
def test_page_links_one_sheet_which_begins_with_bootstraps_part(client, path):
    (link,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', client.get(path).text)
    assert re.fullmatch(r"/static/[0-9a-f]{16}/movr\.css", link)
    assert stylesheet.SHEETS[0] == "bootstrap"


def test_sheets_are_all_there_and_in_the_one_or_linked_by_a_template():
    linked = {
        name
        for template in Path(ROOT, "templates").rglob("*.html")
        for name in re.findall(r"'css/([^']+)\.css'", template.read_text())
    }
    assert len(set(stylesheet.SHEETS)) == len(stylesheet.SHEETS)
    assert {path.stem for path in FOLDER.glob("*.css")} == {*stylesheet.SHEETS, *linked}
    # The last word is paper's, where nothing may be dark.
    assert stylesheet.SHEETS[-1] == "media"


def test_sheet_is_made_of_all_sheets_in_their_order(client):
    sheets = [Path(FOLDER, f"{name}.css").read_text() for name in stylesheet.SHEETS]
    served = client.get("/static/movr.css").text
    places = [served.index(css.splitlines()[0]) for css in sheets]
    assert places == sorted(places)
    # The dark theme is in it twice, and addresses grow by their hashes.
    assert len(served) > sum(map(len, sheets)) + 1000
    assert served.count("{") == served.count("}")


def test_dark_theme_is_there_a_second_time_for_systems_that_are_dark(client):
    dark = Path(FOLDER, "dark.css").read_text()
    served = client.get("/static/movr.css").text
    start = served.index("@media (prefers-color-scheme: dark)")
    assert start > served.index(dark)
    values = re.findall(r"--[a-z-]+: [^;]+;", dark)
    assert len(values) > 30
    for value in values:
        assert served.index(value, start) < served.index("/* Bootstrap's own components")


@pytest.mark.parametrize("name", sorted({*stylesheet.SHEETS} - {"dark", "bootstrap"}))
def test_rules_for_the_dark_theme_alone_stand_in_its_sheet(name):
    css = without_comments((FOLDER / f"{name}.css").read_text())
    assert "prefers-color-scheme" not in css
    for selectors in re.findall(r"([^{};]*data-bs-theme[^{};]*)\{", css):
        # What is said of the page in any theme may name them all.
        assert ":root" in selectors


def test_no_sheet_asks_for_another_or_for_another_host():
    for path in FOLDER.glob("*.css"):
        css = without_comments(path.read_text())
        assert "@import" not in css
        assert not re.search(r"url\(\s*[\"']?(https?:)?//", css)


def address(name: str) -> str:
    if name not in ("css/a.woff2", "pin.png"):
        raise FileNotFoundError(name)
    return f"/static/HASH/{name}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("url(a.woff2)", 'url("/static/HASH/css/a.woff2")'),
        ("url('../pin.png')", 'url("/static/HASH/pin.png")'),
        ('url( "../pin.png" )', 'url("/static/HASH/pin.png")'),
        ("url(a.woff2?v=1#iefix)", 'url("/static/HASH/css/a.woff2?v=1#iefix")'),
        (
            "url('../pin.png'), url(a.woff2)",
            'url("/static/HASH/pin.png"), url("/static/HASH/css/a.woff2")',
        ),
        ("url(no-such.png)", "url(no-such.png)"),
        ("url(../../pin.png)", "url(../../pin.png)"),
        ("url(#shape)", "url(#shape)"),
        ("url(/pin.png)", "url(/pin.png)"),
        ("url(https://example.com/pin.png)", "url(https://example.com/pin.png)"),
        ('url("data:image/svg+xml,%3Csvg/%3E")', 'url("data:image/svg+xml,%3Csvg/%3E")'),
    ],
)
def test_addresses_in_a_sheet_carry_hashes_too(before, after):
    assert stylesheet.with_urls(before, "css/a.css", address) == after
