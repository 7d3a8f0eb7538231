"""check_page accepts a good page and names what is wrong with each bad one."""

import pytest
from flask import Flask, Response, redirect

from tests.support.pages import CheckedClient, check_page

GOOD = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Vehicles in New York</title>
  <link rel="stylesheet" href="/static/site.css">
  <script src="/static/site.js" defer></script>
  <script type="application/json" id="data">{"city": "new york"}</script>
</head>
<body>
  <a href="/" aria-label="MovR"><svg aria-hidden="true"><path d="M0 0"/></svg></a>
  <a href="/x"><svg viewBox="0 0 1 1"><title>Map</title><text>7</text></svg></a>
  <a href="/y"><img src="/y.png" alt="Rides"></a>
  <!-- a comment is a node too -->
  <main>
    <h1>Vehicles</h1>
    <p id="hint">Cobbles &amp; bridges.</p>
    <img src="/static/city.png" alt="">
    <form method="post" action="/vehicles/add">
      <input type="hidden" name="csrf_token" value="abc">
      <label for="color">Color</label>
      <input id="color" name="color" aria-describedby="hint">
      <label>Brand <select name="brand"><option>Cruz</option></select></label>
      <textarea name="note" aria-label="Note"></textarea>
      <input name="location" aria-labelledby="hint">
      <fieldset>
        <legend>Type</legend>
        <input type="radio" name="type" id="type-0" value="bike"><label for="type-0">Bike</label>
      </fieldset>
      <input type="submit">
      <input type="button" value="Clear">
      <button type="submit">Add</button>
    </form>
    <form method="get"><label>City <input name="city"></label><button>Go</button></form>
    <p>javascript: and style= are words like others, <a href="/q?u=javascript:x">here</a>.</p>
  </main>
</body>
</html>
"""

# What is replaced in the good page, by what, and a part of the complaint.
BAD = {
    "unclosed tag": ("<p id=", "<div id=", "Unexpected end tag (p)"),
    "repeated attribute": ('name="color"', 'name="color" name="c"', "duplicate"),
    "no doctype": ("<!doctype html>", "", "DOCTYPE"),
    "old doctype": ("<!doctype html>", '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4">', "doctype"),
    "no lang": (' lang="en"', "", "has no lang"),
    "empty lang": ('lang="en"', 'lang=""', "has no lang"),
    "no h1": ("<h1>Vehicles</h1>", "", "0 <h1>"),
    "two h1": ("<h1>Vehicles</h1>", "<h1>A</h1><h1>B</h1>", "2 <h1>"),
    "empty h1": ("<h1>Vehicles</h1>", "<h1> </h1>", "<h1> is empty"),
    "no title": ("<title>Vehicles in New York</title>", "", "<title>"),
    "empty title": ("<title>Vehicles in New York</title>", "<title> </title>", "<title>"),
    "no viewport": ('name="viewport"', 'name="description"', "viewport"),
    "id used twice": ('id="color"', 'id="hint"', 'id "hint" is used 2 times'),
    "id with a space": ('id="hint"', 'id="a b"', "contains a space"),
    "input without label": ('for="color"', 'for="type-0"', 'id="color" name="color"> has no label'),
    "label without words": (">Color<", "> <", "has no label"),
    "select whose options are its label": ("<label>Brand ", "<label>", "<select"),
    "textarea with an empty label": ('aria-label="Note"', 'aria-label=" "', "<textarea"),
    "label for another": ("<label>City <input", '<label for="hint">City <input', "has no label"),
    "dangling describedby": ('describedby="hint"', 'describedby="hint gone"', "gone"),
    "dangling labelledby": ('labelledby="hint"', 'labelledby="gone"', 'labelledby="gone"'),
    "dangling label": ("<label>City", '<label for="gone">City', 'for="gone"> names an id'),
    "post without token": ('name="csrf_token"', 'name="token"', "csrf_token"),
    "post with an empty token": ('value="abc"', 'value=""', "csrf_token"),
    "post with a visible token": ('type="hidden"', 'type="text" aria-label="t"', "csrf_token"),
    "post in capitals": ('method="get"', 'method="POST"', "csrf_token"),
    "inline script": (' type="application/json"', "", "inline script"),
    "module script": ("application/json", "module", "inline script"),
    "style attribute": ("<h1>", '<h1 style="color:red">', 'style="color:red"'),
    "style inside a drawing": ('<path d="M0 0"/>', "<style>p{}</style>", "<style>"),
    "style element": ("</head>", "<style>p{}</style></head>", "<style>"),
    "handler": ("<h1>", '<h1 onclick="x()">', "onclick"),
    "handler in a drawing": ("<path ", '<path onload="x()" ', "onload"),
    "script URL": ('href="/x"', 'href=" JavaScript:x()"', "javascript: URL"),
    "split script URL": ('href="/x"', 'href="java&#10;script:x()"', "javascript: URL"),
    "form to a script URL": ('"/vehicles/add"', '"javascript:x()"', "javascript: URL"),
    "image without alt": ('src="/static/city.png" alt=""', 'src="/static/city.png"', "has no alt"),
    "button without name": (">Add<", "><", "<button type=\"submit\"> has no accessible name"),
    "button with a blank value": ('value="Clear"', 'value=" "', "has no accessible name"),
    "link without name": ('aria-label="MovR"', "", 'href="/"> has no accessible name'),
    "drawing without title": ("<title>Map</title>", "", 'href="/x"> has no accessible name'),
    "picture link without name": ('alt="Rides"', 'alt=""', 'href="/y"> has no accessible name'),
    "radio without legend": ("<legend>Type</legend>", "", "<fieldset> with a <legend>"),
    "radio with an empty legend": ("<legend>Type", "<legend>", "<fieldset> with a <legend>"),
}  # fmt: skip


def test_good_page_passes():
    check_page(GOOD, "/")


@pytest.mark.parametrize(("old", "new", "complaint"), BAD.values(), ids=list(BAD))
def test_bad_page_is_refused_with_a_reason(old, new, complaint):
    assert old in GOOD
    with pytest.raises(AssertionError) as caught:
        check_page(GOOD.replace(old, new, 1), "/vehicles")
    assert complaint.lower() in str(caught.value).lower()
    assert str(caught.value).startswith("/vehicles breaks the rules")


def test_radio_outside_a_fieldset_is_refused():
    page = GOOD.replace("<fieldset>", "<div>").replace("</fieldset>", "</div>")
    page = page.replace("<legend>Type</legend>", "")
    with pytest.raises(AssertionError, match="fieldset"):
        check_page(page, "/")


def test_all_problems_are_told_at_once():
    with pytest.raises(AssertionError) as caught:
        check_page("<p>Hello", "/")
    for part in ("DOCTYPE", "lang", "<title>", "viewport", "0 <h1>"):
        assert part in str(caught.value)


@pytest.fixture
def client():
    app = Flask(__name__)
    app.test_client_class = CheckedClient
    bad = GOOD.replace(' lang="en"', "")
    app.add_url_rule("/good", view_func=lambda: GOOD, endpoint="good")
    app.add_url_rule("/bad", view_func=lambda: bad, endpoint="bad")
    app.add_url_rule("/error", view_func=lambda: (bad, 503), endpoint="error")
    app.add_url_rule("/stream", view_func=lambda: Response(iter([GOOD])), endpoint="stream")
    app.add_url_rule("/text", view_func=lambda: Response("<p>", mimetype="text/plain"))
    app.add_url_rule("/to-good", view_func=lambda: redirect("/good"), endpoint="to-good")
    app.add_url_rule("/to-bad", view_func=lambda: redirect("/bad"), endpoint="to-bad")
    return app.test_client()


@pytest.mark.parametrize("path", ["/good", "/stream", "/text", "/to-good", "/to-bad"])
def test_client_passes_good_pages_other_types_and_redirects(client, path):
    assert client.get(path).get_data()


@pytest.mark.parametrize("path", ["/bad", "/error"])
def test_client_refuses_bad_pages_whatever_their_status(client, path):
    with pytest.raises(AssertionError, match=f"GET {path} .*has no lang|GET {path} "):
        client.get(path)


def test_client_checks_pages_behind_redirects(client):
    assert client.get("/to-good", follow_redirects=True).status_code == 200
    with pytest.raises(AssertionError, match="GET /bad"):
        client.get("/to-bad", follow_redirects=True)


def test_client_leaves_empty_answers_alone(client):
    assert client.head("/bad").status_code == 200


def test_client_keeps_the_context_of_a_with_block(client):
    with client:
        client.get("/good")
        assert client.get("/to-good").location == "/good"
