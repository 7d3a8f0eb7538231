"""The rehearsal of the image: that its containers hold what they promise, and then the image."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.rehearsal.container import StepFailed, build, start, unavailable_reason
from tests.support.gunicorn_server import ROOT
from tests.support.requirements import require

DOCKERFILE = """
ARG BASE=base
FROM ${BASE} AS build
WORKDIR /build
COPY words ./
RUN python -c 'print("made by", open("words").read().strip())' > made
FROM ${BASE}
ARG GREETING=hello
COPY --from=build /build/made /data/made
COPY folder /data/folder
WORKDIR /data
ENV GREETING=$GREETING PATH=/data:$PATH
USER 12345:12345
HEALTHCHECK --interval=1s CMD ["true"]
CMD ["cat", "made"]
"""


@pytest.fixture(autouse=True)
def _containers():
    require(unavailable_reason())


@pytest.fixture
def source(tmp_path):
    """A folder to build from, with a file that must not get in."""
    source = tmp_path / "source"
    (source / "folder").mkdir(parents=True)
    (source / "Dockerfile").write_text(DOCKERFILE)
    (source / ".dockerignore").write_text("*\n!words\n!folder\n**/*.secret\n")
    for name in ("words", "folder/kept", "folder/left.secret"):
        (source / name).write_text(f"{name}\n")
    return source


@pytest.fixture
def work(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    return work


@pytest.fixture
def run(source, work):
    """Run a command in a container; its exit status and what it wrote."""
    image = build(source, work)
    scratch = work / "scratch"
    scratch.mkdir()

    def in_container(*command, **environment):
        container = start(
            image,
            command or image.command,
            environment,
            scratch,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return container.communicate(timeout=60)[0].decode(), container.returncode

    return in_container


def test_a_container_holds_what_was_copied_and_made_and_runs_as_it_says(run):
    assert run() == ("made by words\n", 0)
    assert run("ls", "/data", "/data/folder") == (
        "/data:\nfolder\nmade\n\n/data/folder:\nkept\n",
        0,
    )
    assert run("id", "-u") == ("12345\n", 0)


def test_a_container_has_the_environment_that_it_was_given_and_no_other(run, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THIS_MACHINE", "yes")
    names, status = run("env", GIVEN="1")
    assert status == 0
    variables = dict(line.split("=", 1) for line in names.splitlines())
    assert variables.keys() - {"PWD", "OLDPWD", "SHLVL", "_"} == {"GIVEN", "GREETING", "PATH"}
    assert variables["GREETING"] == "hello"
    assert variables["PATH"].startswith("/data:/")


def test_a_container_can_write_to_memory_only(run):
    assert run("sh", "-c", "echo x > /tmp/x && echo x > /dev/shm/x && echo done") == ("done\n", 0)
    for place in ("/data/x", "/x", "/data/folder/x"):
        text, status = run("touch", place)
        assert status != 0
        assert "Read-only file system" in text


def test_a_container_cannot_see_the_machine_around_it(run, source):
    text, status = run("ls", str(source))
    assert status != 0
    assert "No such file" in text
    assert run("sh", "-c", "echo $$") == ("1\n", 0)


def test_a_step_that_fails_is_reported_with_what_it_said(source, work):
    with (source / "Dockerfile").open("a") as file:
        file.write("RUN echo the reason && false\n")
    with pytest.raises(StepFailed, match="the reason"):
        build(source, work)


def test_a_file_that_is_kept_out_of_the_context_cannot_be_copied(source, work):
    (source / ".dockerignore").write_text("*\n!folder\n")
    with pytest.raises(StepFailed, match="words"):
        build(source, work)


@pytest.mark.timeout(600)
def test_the_image_is_built_and_behaves(tmp_path):
    """The steps of the Dockerfile with packages from the index, then the server they make."""
    rehearsal = subprocess.run(
        [sys.executable, str(Path(ROOT, "deploy", "rehearse_image.py"))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if rehearsal.returncode == 69:
        require(f"the image could not be tried: {rehearsal.stdout[-500:]}")
    assert rehearsal.returncode == 0, rehearsal.stdout + rehearsal.stderr
