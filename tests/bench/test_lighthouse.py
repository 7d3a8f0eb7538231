"""The judgement of the pages fails where it has to. Lighthouse itself is not run here."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import lighthouse
from bench.lighthouse import CATEGORIES, LOWEST, VISITS, Judgement, Visit

SITE, TILES = "127.0.0.1:8000", "http://127.0.0.1:8001"
RIDES = Visit("/rides", logged_in=True)


def audited(lowest=LOWEST, category="seo", path="/rides", urls=()):
    """What Lighthouse reports of a page: full marks but for one category."""
    audits = {
        "network-requests": {
            "details": {"items": [{"url": url, "transferSize": 1000} for url in urls]}
        },
        "lost": {"title": "The page lacks something", "score": 0},
        "kept": {"title": "The page has something", "score": 1},
        "unweighted": {"title": "A hint", "score": 0},
    }
    for name in (
        "first-contentful-paint",
        "largest-contentful-paint",
        "total-blocking-time",
        "cumulative-layout-shift",
    ):
        audits[name] = {"numericValue": 1}
    references = [("lost", 1), ("kept", 1), ("unweighted", 0)]
    scores = dict.fromkeys(CATEGORIES, 1) | {category: lowest and lowest / 100}
    return {
        "audits": audits,
        "categories": {
            name: {
                "score": score,
                "auditRefs": [{"id": id_, "weight": weight} for id_, weight in references],
            }
            for name, score in scores.items()
        },
        "environment": {"hostUserAgent": "HeadlessChrome/156.0.0.0"},
        "finalDisplayedUrl": f"http://{SITE}{path}",
    }


def judged(**report):
    return Judgement(RIDES, "phone", TILES, audited(**report))


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_score_below_95_is_a_fault_and_95_is_none(category):
    assert judged(lowest=LOWEST, category=category).faults() == []
    [fault] = judged(lowest=LOWEST - 1, category=category).faults()
    assert fault == f"/rides, rider, phone: {category} {LOWEST - 1} (The page lacks something)"


def test_a_score_that_could_not_be_given_is_a_fault():
    [fault] = judged(lowest=None).faults()
    assert "seo 0" in fault


def test_a_page_that_asks_another_host_is_a_fault_but_map_tiles_have_one_of_their_own():
    ours = [f"http://{SITE}/static/movr.css", f"{TILES}/1/2/3.png", "data:image/png;base64,"]
    assert judged(urls=ours).faults() == []
    [fault] = judged(urls=[*ours, "https://fonts.example/a.woff2"]).faults()
    assert "https://fonts.example/a.woff2" in fault


def test_a_page_that_leads_to_the_login_is_a_fault():
    [fault] = judged(path="/login").faults()
    assert "leads to /login" in fault


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the program, with Lighthouse's answers in their order given beforehand."""

    @contextmanager
    def serve():
        yield f"http://{SITE}", TILES

    monkeypatch.setattr(lighthouse, "missing", lambda: None)
    monkeypatch.setattr(lighthouse, "serve", serve)
    monkeypatch.setattr(lighthouse, "log_in", lambda _url: {"Cookie": "the rider's"})
    monkeypatch.setattr("bench.measure.RESULTS", tmp_path)
    asked = []

    def run(*reports):
        waiting = list(reports)

        def answer(command, **_options):
            options = dict(option.partition("=")[::2] for option in command)
            if "--output-path" in options:
                path = command[3].removeprefix(f"http://{SITE}")
                headers = json.loads(Path(options["--extra-headers"]).read_text())
                asked.append((path, "--preset" in options, headers))
                report = waiting.pop(0) if waiting else {}
                Path(options["--output-path"]).write_text(json.dumps(audited(path=path, **report)))
            return subprocess.CompletedProcess(command, 0, stdout="v20.0.0\n", stderr="")

        monkeypatch.setattr(subprocess, "run", answer)
        result = CliRunner().invoke(lighthouse.main)
        return result, (tmp_path / "lighthouse.md").read_text()

    run.asked = asked
    return run


def test_all_pages_are_judged_on_both_screens_and_the_result_is_kept(run):
    result, text = run()
    assert result.exit_code == 0
    for visit in VISITS:
        for screen in ("phone", "desk"):
            assert f"| {visit.name}, {screen} " in text
    assert {visit.path for visit in VISITS} == {"/", "/vehicles", "/rides"}
    assert f"The lowest score is {LOWEST}" in text


def test_a_page_below_the_lowest_score_ends_with_1_and_is_named(run):
    low = {"lowest": LOWEST - 1}
    result, text = run(low, low, low)
    assert result.exit_code == 1
    assert f"/, visitor, phone: seo {LOWEST - 1}" in result.output
    assert f"The lowest score is {LOWEST - 1}" in text


def test_one_bad_judgement_of_three_may_be_the_machines(run):
    result, _text = run({"lowest": 80}, {}, {})
    assert result.exit_code == 0
    result, _text = run({"lowest": 80}, {}, {"lowest": 90})
    assert result.exit_code == 1


def test_each_page_is_judged_as_its_visitor_or_its_rider_sees_it(run):
    run()
    assert run.asked == [
        (visit.path, desk, {"Cookie": "the rider's"} if visit.logged_in else {})
        for visit in VISITS
        for desk in (False, True)
    ]


@pytest.mark.parametrize("program", ["node", "npx"])
def test_without_node_there_is_a_sentence_instead_of_a_trace(monkeypatch, program):
    monkeypatch.setattr("tests.support.chromium.chromium_path", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(
        "shutil.which", lambda name: None if name == program else f"/usr/bin/{name}"
    )
    result = CliRunner().invoke(lighthouse.main)
    assert result.exit_code == 1
    assert result.output.startswith("Lighthouse needs Node 18.16 or newer")


def test_without_a_browser_there_is_a_sentence_too(monkeypatch):
    monkeypatch.setattr("tests.support.chromium.chromium_path", lambda: None)
    result = CliRunner().invoke(lighthouse.main)
    assert result.exit_code == 1
    assert result.output.startswith("Lighthouse needs a browser")
