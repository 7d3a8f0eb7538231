"""The Dockerfile and .dockerignore: what gets into the image, and how it is run."""

import json
import re
from pathlib import Path

import pytest

from deploy.rehearsal.dockerfile import Ignored, copied_from_context, read_stages
from tests.support.gunicorn_server import ROOT

DOCKERFILE = Path(ROOT, "Dockerfile")
STAGES = read_stages(DOCKERFILE)
IGNORED = Ignored(Path(ROOT, ".dockerignore"))


def texts(keyword, stage):
    return [i.text for i in stage.instructions if i.keyword == keyword]


def test_what_is_copied_is_all_that_the_context_has():
    context = {path.name for path in Path(ROOT).iterdir() if path.name not in IGNORED}
    assert context == set(copied_from_context(STAGES))


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.example",
        ".git/config",
        ".venv/bin/python",
        "deploy/README.md",
        "movr.db",
        "movr.db-wal",
        "movr/__pycache__/models.cpython-313.pyc",
        "tests/conftest.py",
        "web/stray.pyc",
    ],
)
def test_secrets_data_and_leftovers_stay_out_of_the_context(path):
    assert path in IGNORED


@pytest.mark.parametrize("path", ["server.py", "movr/models.py", "static/css/movr.css"])
def test_the_application_is_in_the_context(path):
    assert path not in IGNORED


def test_the_last_pattern_that_fits_decides(tmp_path):
    file = tmp_path / ".dockerignore"
    file.write_text("# all but\n*\n!kept\n**/*.log\n\nkept/not-this?\n")
    ignored = Ignored(file)
    paths = ("kept", "kept/a", "kept/deep/b.log", "other/kept", "kept/not-this1", "kept/not-this")
    assert [path in ignored for path in paths] == [False, False, True, True, True, False]


def test_nothing_is_run_in_the_image_itself_so_nothing_more_gets_into_it():
    build, image = STAGES
    assert texts("RUN", image) == []
    copied = texts("COPY", image)
    assert copied == [f"--from={build.name} {path} {path}" for path in ("/opt/movr", "/app")]


def test_packages_are_installed_with_their_hashes_and_never_compiled():
    (install,) = (text for text in texts("RUN", STAGES[0]) if "pip install" in text)
    assert "--require-hashes" in install
    assert "--only-binary=:all:" in install


def test_both_stages_have_the_same_pinned_base():
    text = DOCKERFILE.read_text()
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2
    (base,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)", text, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base)


def test_it_is_run_by_a_numbered_account_that_is_not_root():
    (user,) = texts("USER", STAGES[-1])
    account, group = map(int, user.split(":"))
    assert account >= 10000
    assert group >= 10000


def test_it_runs_gunicorn_without_a_shell_in_between():
    (command,) = texts("CMD", STAGES[-1])
    assert json.loads(command) == ["gunicorn", "-c", "web/gunicorn.py", "server:app"]


def test_no_secret_is_built_in():
    named = " ".join(
        i.text for stage in STAGES for i in stage.instructions if i.keyword in ("ARG", "ENV")
    )
    assert not re.search(r"SECRET|TOKEN|API_KEY|DB_URI|PASSWORD", named)


def test_an_instruction_that_is_not_known_is_refused(tmp_path):
    file = tmp_path / "Dockerfile"
    file.write_text("FROM base\nRUN true\nADD http://somewhere/ .\n")
    with pytest.raises(ValueError, match="ADD"):
        read_stages(file)


def test_continued_lines_and_comments_are_read_as_docker_reads_them(tmp_path):
    file = tmp_path / "Dockerfile"
    file.write_text("# one\nFROM base AS a\nRUN one \\\n# between\n    && two\nFROM b\nUSER 1:1\n")
    first, second = read_stages(file)
    assert (first.name, second.name) == ("a", "")
    assert [(i.keyword, i.text) for i in first.instructions] == [("RUN", "one && two")]
