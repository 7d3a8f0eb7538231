"""The watch over the browser notices what it is there for."""

from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.browser.screens import OpenPage
from tests.browser.watch import Watch
from web.security import CONTENT_SECURITY_POLICY

BAD_PARTS = {
    "inline script": ("<script>document.title = 'Bad'</script>", "policy: script-src-elem"),
    "inline style": ("<p style='color: red'>Bad</p>", "policy: style-src-attr"),
    "another host": ("<img src='http://127.0.0.2/bad.png' alt=''>", "request to another host"),
    "missing script": ("<script src='/static/js/no-such.js'></script>", "404: GET"),
    "script error": ("<script src='/bad.js'></script>", "script: "),
    "console error": ("<script src='/complain.js'></script>", "console: Bad"),
}
SCRIPTS = {"bad.js": "nobody.knows.this", "complain.js": "console.error('Bad')"}


def answer_with(body: str, content_type: str) -> Callable[[Route], None]:
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Content-Type": content_type}
    return lambda route: route.fulfill(body=body, headers=headers)


def look_at(page: Page, body: str) -> None:
    document = f"<!doctype html><html lang='en'><title>A page</title><body>{body}"
    page.route("**/page", answer_with(document, "text/html"))
    for name, script in SCRIPTS.items():
        page.route(f"**/{name}", answer_with(script, "text/javascript"))
    page.goto("/page")


def test_bad_page_is_noticed(open_page: OpenPage, watches: list[Watch]) -> None:
    look_at(open_page(), "".join(body for body, _ in BAD_PARTS.values()))
    found = list(watches[0].problems)
    watches[0].problems.clear()
    for name, (_, problem) in BAD_PARTS.items():
        assert any(problem in line for line in found), name


def test_good_page_is_no_problem(open_page: OpenPage, watches: list[Watch]) -> None:
    look_at(open_page(), "<p>Good</p>")
    assert watches[0].problems == []
