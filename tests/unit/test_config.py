"""The settings: what each variable may say, what it means, and how all faults are told at once."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from movr.database.engine import Limits
from tests.unit.settings import CLUSTER, FILE, NEEDED, OTHER_SECRET, SECRET, VARIABLES, faults, load
from web.config import Config

ROOT = Path(__file__).resolve().parents[2]


def read(config: Config, name: str) -> Any:
    if name == "BALANCER":
        return config.CITY_HEADER, config.CITY_LAT_LONG_HEADERS
    if name.startswith("DB_") and name != "DB_URI":
        return getattr(config.DB_LIMITS, name.removeprefix("DB_").lower())
    return getattr(config, name)


def test_a_store_with_an_impossible_port_is_a_fault_and_no_trace():
    (line,) = faults(NEEDED | {"RATELIMIT_STORAGE_URI": "redis://127.0.0.1:abc/0"})
    assert line.startswith("  RATELIMIT_STORAGE_URI: ")


def test_debug_writes_mails_to_the_log_and_needs_nothing_for_it():
    config = load(DEBUG="True", PORT="9000")
    assert (config.MAIL_FROM, config.SITE_URL) == ("movr@example.com", "http://127.0.0.1:9000")


def test_the_table_has_every_variable():
    settings = {field.name for field in fields(Config)}
    limits = {f"DB_{field.name.upper()}" for field in fields(Limits)}
    assert set(VARIABLES) == settings
    assert limits == {name for name in settings if name.startswith("DB_")} - {"DB_URI"}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_is_left_out_has_its_default(name):
    assert read(load(), name) == VARIABLES[name].default


@pytest.mark.parametrize("blank", ["", "   ", "\t"])
@pytest.mark.parametrize("name", sorted(VARIABLES.keys() - NEEDED.keys()))
def test_a_blank_variable_counts_as_absent(name, blank):
    assert load(**{name: blank}) == load()


@pytest.mark.parametrize("name", VARIABLES)
def test_a_good_value_is_understood(name):
    variable = VARIABLES[name]
    for good in (variable.good, f"  {variable.good} "):
        # No file can have more than one region, and no mail is sent without a sender.
        needed = {"DB_URI": CLUSTER, "MAIL_FROM": "a@b.example", "SITE_URL": "https://b.example"}
        assert read(load(**needed | {name: good}), name) == variable.meaning


@pytest.mark.parametrize(
    ("name", "bad"), [(name, bad) for name, variable in VARIABLES.items() for bad in variable.bad]
)
def test_a_bad_value_is_refused_by_name(name, bad):
    (line,) = faults(NEEDED | {name: bad})
    assert line.startswith(f"  {name}: ")
    assert len(line) > len(f"  {name}: ")


def test_each_thread_has_a_connection_unless_it_is_said_how_many_there_are():
    assert load(WEB_THREADS="7").DB_LIMITS.pool_size == 7
    assert load(WEB_THREADS="7", DB_POOL_SIZE="3").DB_LIMITS.pool_size == 3


def test_twice_as_many_may_wait_as_there_are_threads_unless_it_is_said_how_many():
    assert load(WEB_THREADS="7").WEB_QUEUE == 14
    assert load(WEB_THREADS="7", WEB_QUEUE="3").WEB_QUEUE == 3


def test_all_faults_are_told_at_once():
    bad = {name: variable.bad[0] for name, variable in VARIABLES.items() if variable.bad}
    named = [line.strip().partition(":")[0] for line in faults(bad)]
    assert named == sorted(bad)


def test_no_fault_repeats_a_secret():
    lines = faults(
        {
            "SECRET_KEY": "hunter2",
            "SECRET_KEY_FALLBACKS": "hunter2",
            "METRICS_TOKEN": "hunter2",
            "DB_URI": "postgresql://movr:hunter2@localhost/movr",
            "RATELIMIT_STORAGE_URI": "nowhere://movr:hunter2@localhost",
        }
    )
    assert len(lines) == 5
    assert "hunter2" not in "".join(lines)


def test_settings_do_not_show_their_secrets():
    shown = repr(
        load(
            SECRET_KEY_FALLBACKS=OTHER_SECRET,
            METRICS_TOKEN=OTHER_SECRET,
            API_KEY="a-key",
            DB_URI="cockroachdb://movr:hunter2@localhost/movr",
            RATELIMIT_STORAGE_URI="redis://movr:hunter2@localhost/0",
        )
    )
    assert not [secret for secret in (SECRET, OTHER_SECRET, "a-key", "hunter2") if secret in shown]


@pytest.mark.parametrize("word", ["False", "false", "FALSE", "0", "off", "no", "n", "f"])
def test_debug_can_be_denied(word):
    assert load(DEBUG=word).DEBUG is False
    assert faults({"DEBUG": word, "DB_URI": FILE}) == ["  SECRET_KEY: is needed outside DEBUG."]


@pytest.mark.parametrize("word", ["True", "true", "1", "on", "yes"])
def test_debug_needs_no_secret_and_listens_on_this_machine_only(word):
    config = Config.from_mapping({"DEBUG": word})
    assert (config.DEBUG, config.HOST) == (True, "127.0.0.1")
    assert len(config.SECRET_KEY) >= 32


@pytest.mark.parametrize("variables", [{}, {"SECRET_KEY": "  ", "DB_URI": ""}])
def test_secret_and_database_are_needed_outside_debug(variables):
    assert faults(variables) == [
        "  DB_URI: is needed outside DEBUG.",
        "  SECRET_KEY: is needed outside DEBUG.",
    ]


def test_a_header_of_ones_own_comes_before_the_balancers():
    config = load(BALANCER="none", CITY_HEADER="Client-City")
    assert (config.CITY_HEADER, config.CITY_LAT_LONG_HEADERS) == ("Client-City", ())


def test_other_variables_of_the_environment_do_not_matter():
    assert load(PATH="/bin", FLASK_APP="server") == load()


def test_the_environment_comes_before_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    written = {"SECRET_KEY": SECRET, "DB_URI": CLUSTER, "PORT": 9000, "REGION": "gcp-us-west1"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in written.items()))
    monkeypatch.setenv("PORT", "9001")
    config = Config.from_environment()
    assert (config.SECRET_KEY, config.PORT, config.REGION) == (SECRET, 9001, "gcp-us-west1")


def test_the_example_names_every_variable_and_no_other():
    assert set(dotenv_values(ROOT / ".env.example")) == set(VARIABLES)


def test_the_example_loads_and_says_what_the_defaults_are():
    example = {**dotenv_values(ROOT / ".env.example"), "SECRET_KEY": SECRET}
    assert example.pop("DEBUG") == "True"
    assert Config.from_mapping(example) == load()


FLASK = ("-m", "flask", "--app", "server", "routes")
GUNICORN = ("-m", "gunicorn", "-c", str(ROOT / "web" / "gunicorn.py"), "server:app")


@pytest.mark.parametrize(
    "command", [FLASK, GUNICORN, ("-m", "server")], ids=["flask", "gunicorn", "python"]
)
def test_a_bad_environment_ends_the_start_with_the_one_message(command, tmp_path):
    ended = subprocess.run(
        [sys.executable, *command],
        # In an empty folder, where no .env of a developer can help.
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": "http", "REGION": "mars"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode not in (0, None)
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    assert said.count("MovR cannot start with these settings:") == 1
    assert [line.split(":")[0].strip() for line in said.splitlines() if line.startswith("  ")] == [
        "DB_URI",
        "PORT",
        "REGION",
        "SECRET_KEY",
    ]
