"""Of Bootstrap's style sheet, pages get what they use: all of it, and little else."""

import re

import tinycss2

from tests.support.gunicorn_server import ROOT
from web.assets.bootstrap_parts import CLASSES, RESULT, SOURCE, parts


def classes_of_bootstrap() -> set[str]:
    """Every class that Bootstrap's own sheet has rules for."""
    return set(re.findall(r"\.([A-Za-z][\w-]*)(?=[^{}]*\{)", SOURCE.read_text()))


def classes_in_pages() -> set[str]:
    """Every word in an attribute `class` of a template, or in a string of a script."""
    templates = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    scripts = [path.read_text() for path in (ROOT / "static/js").glob("*.js")]
    written = [
        *(found for text in templates for found in re.findall(r'class="([^"]*)"', text)),
        *(found for text in templates for found in re.findall(r"class=(.*?)[,)]", text)),
        *(found for text in templates for found in re.findall(r'"(form-[^"]*)"', text)),
        *(found for text in scripts for found in re.findall(r'"([\w -]*)"', text)),
    ]
    return {word for text in written for word in re.findall(r"[A-Za-z][\w-]*", text)}


def test_the_sheet_is_what_bootstraps_gives_today():
    assert RESULT.read_text() == parts(), "run make style"


def test_every_class_of_bootstraps_that_a_page_names_is_in_the_sheet():
    # Words of ours that Bootstrap means something else by, or that are no classes.
    ours = {"show", "active", "small", "mark", "h1", "map", "progress"}
    assert (classes_in_pages() & classes_of_bootstrap()) - ours <= CLASSES


def test_no_class_is_kept_that_bootstrap_does_not_have_or_no_page_names():
    # A message is of one of these kinds.
    kinds = {"alert-info", "alert-success", "alert-warning"}
    assert classes_of_bootstrap() >= CLASSES
    assert CLASSES - kinds <= classes_in_pages()


def test_every_variable_that_a_rule_reads_is_set_if_bootstrap_sets_it():
    sheets = "".join(path.read_text() for path in RESULT.parent.glob("*.css"))
    # Without a value to fall back on.
    read = set(re.findall(r"var\((--bs-[\w-]+)\)", sheets))
    set_here, set_there = (
        set(re.findall(r"(--bs-[\w-]+)\s*:", text)) for text in (sheets, SOURCE.read_text())
    )
    assert len(read) > 50
    assert read & set_there <= set_here


def test_the_sheet_is_whole():
    rules = tinycss2.parse_stylesheet(RESULT.read_text())
    assert [rule for rule in rules if rule.type == "error"] == []
    assert len(RESULT.read_text()) < 25_000
