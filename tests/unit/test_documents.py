"""What the documents name exists: files, symbols, make targets and links; and their diagram."""

import re
from functools import cache
from pathlib import Path

import pytest

from docs.schema import FILE, diagram
from tests.deploy.settings import known_settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/tutorial.md", "docs/promises.md"),
    *("deploy/README.md", "deploy/nginx/README.md", "deploy/grafana/README.md", "bench/README.md"),
)

# What CONTRIBUTING.md adds for show, and what the tutorial and the libraries have and MovR has not.
EXAMPLES = {"templates/cities.html", "tests/web/test_cities.py", "paint_vehicle", "SUPPORT_EMAIL"}
NO_FILES = {"movr/reads-metrics"}  # A label in Kubernetes.
OF_OTHERS = {"declarative_base", "Column"}
# Of scripts and tests, not of MovR.
OTHER_VARIABLES = {
    *("LB_PORT", "MAX_CONTAINERS", "REGION_PORTS"),
    "SSL_CERT_FILE",  # OpenSSL's.
    *("MOVR_TEST_CLUSTER", "MOVR_TEST_CLUSTER_STOP", "MOVR_TEST_DB_URI"),
}

FOLDERS = r"(?:\.ci|\.github|bench|deploy|docs|movr|static|templates|tests|web)"
SOURCES = (".py", ".html", ".js", ".sql", ".yaml", ".yml", ".sh", ".toml", ".example", "Makefile")


def text_of(document: str) -> str:
    return (ROOT / document).read_text()


@cache
def words_of_sources() -> set[str]:
    """Every word of the code."""
    files = (
        *(path for path in ROOT.iterdir() if path.is_file()),
        *(path for folder in ROOT.glob("[!.]*/") for path in folder.rglob("*")),
    )
    # This file names what there is not.
    return {
        word
        for path in files
        if path.name.endswith(SOURCES) and path != Path(__file__)
        for word in re.findall(r"\w+", path.read_text())
    }


def anchors_of(document: Path) -> set[str]:
    """Where links into a document may lead, as code-hosting sites derive it from its headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document):
    found = re.findall(rf"(?<![\w/:.-])(?:\.\./)*({FOLDERS}/[\w./-]*)", text_of(document))
    # A region stands for all of them.
    paths = {name.rstrip(".").replace("REGION", "gcp-us-east1") for name in found}
    assert document not in ("README.md", "CONTRIBUTING.md") or paths
    assert [path for path in paths - EXAMPLES - NO_FILES if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document):
    for target in re.findall(r"\]\((?!https?:)([^)\s]*)\)", text_of(document)):
        file, _, anchor = target.partition("#")
        path = (ROOT / document).parent / file if file else ROOT / document
        assert path.exists(), target
        assert not anchor or anchor in anchors_of(path), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_target_that_a_document_names_is_one(document):
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    # In a sentence with quotes, or on a line of its own.
    named = set(re.findall(r"`make ([a-z-]+)", text_of(document)))
    named |= set(
        re.findall(r"^ *make ([a-z-]+)(?: [A-Z_]+=.*| \\)?$", text_of(document), re.MULTILINE)
    )
    assert named - targets == set()


def test_every_setting_that_a_document_names_is_one():
    named = {
        name
        for document in DOCUMENTS
        for name in re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", text_of(document))
    }
    assert named - known_settings() - EXAMPLES == OTHER_VARIABLES


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", *DOCUMENTS[3:5]])
def test_every_symbol_that_a_document_names_is_in_the_code(document):
    prose = re.sub(r"^ *```.*?^ *```$", "", text_of(document), flags=re.MULTILINE | re.DOTALL)
    named = {
        name.partition("(")[0].rpartition(".")[2]
        for name in re.findall(r"`(\w+(?:\.\w+)*(?:\([^`]*\))?)`", prose)
    }
    assert named - words_of_sources() - OF_OTHERS - EXAMPLES == set()


def test_every_symbol_of_the_tutorial_is_defined_where_it_says():
    named = re.findall(r"`([\w/]+\.py)`\s\(((?:`\w+`,?\s?)+)\)", text_of("docs/tutorial.md"))
    assert len(named) > 8
    for file, symbols in named:
        code = text_of(file)
        for symbol in re.findall(r"\w+", symbols):
            defined = rf"^(?:(?:class|def) {symbol}\b|{symbol}[ :])"
            assert re.search(defined, code, re.MULTILINE), f"{file} has no {symbol}"


def test_diagram_is_what_the_models_say():
    assert text_of("docs/tutorial.md").count(diagram()) == 1
    assert FILE == ROOT / "docs" / "tutorial.md"
    # Both columns of a key make one line.
    assert '    users ||--o{ vehicles : "city, owner_id"\n' in diagram()
    assert "varchar(32) username UK" in diagram()
