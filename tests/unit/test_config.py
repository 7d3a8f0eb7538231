"""The settings: what each variable may say, what it means, and how all faults are told at once."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dotenv import dotenv_values

from movr.database.engine import Limits
from web.config import Config, ConfigError

ROOT = Path(__file__).resolve().parents[2]
SECRET = "0123456789abcdef0123456789abcdef"
OTHER_SECRET = "fedcba9876543210fedcba9876543210"
GOOGLE = ("X-City", ("X-City-Lat-Long",))


class Variable(NamedTuple):
    """What a variable is if it is left out, one good value with its meaning, and bad values."""

    default: Any
    good: str
    meaning: Any
    bad: tuple[str, ...] = ()


VARIABLES = {
    "DEBUG": Variable(False, "True", True, ("maybe", "2")),
    "SECRET_KEY": Variable(SECRET, OTHER_SECRET, OTHER_SECRET, ("short", "x" * 31)),
    "SECRET_KEY_FALLBACKS": Variable(
        (), f"{SECRET}, {OTHER_SECRET},", (SECRET, OTHER_SECRET), (f"{SECRET},short",)
    ),
    "DB_URI": Variable(
        "sqlite:///movr.db",
        "cockroachdb://movr@localhost:26257/movr?sslmode=verify-full",
        "cockroachdb://movr@localhost:26257/movr?sslmode=verify-full",
        ("movr.db", "sqlite://", "sqlite:///:memory:", "mysql://localhost/movr", "cockroachdb://"),
    ),
    "DB_POOL_SIZE": Variable(4, "3", 3, ("0", "-1", "many", "1.5")),
    "DB_POOL_TIMEOUT": Variable(5.0, "0.5", 0.5, ("0", "-1", "soon", "nan", "inf")),
    "DB_POOL_RECYCLE": Variable(300, "60", 60, ("0", "later")),
    "DB_CONNECT_TIMEOUT": Variable(5, "2", 2, ("1", "2.5", "soon")),
    "DB_STATEMENT_TIMEOUT": Variable(10.0, "2.5", 2.5, ("0", "soon")),
    "DB_APPLICATION_NAME": Variable("movr", "movr-rome", "movr-rome", ("x" * 61,)),
    "DB_MAX_RETRIES": Variable(10, "0", 0, ("-1", "often")),
    "DB_MAX_BACKOFF": Variable(1.0, "0", 0.0, ("-0.1", "long")),
    "REGION": Variable(None, "gcp-us-west1", "gcp-us-west1", ("us-west1", "GCP-US-WEST1")),
    "HOST": Variable("0.0.0.0", "::1", "::1", ("bad host", "a/b")),  # noqa: S104 (what a container listens on)
    "PORT": Variable(8000, "9000", 9000, ("0", "65536", "http", "80.5")),
    "WEB_CONCURRENCY": Variable(2, "1", 1, ("0", "auto")),
    "WEB_THREADS": Variable(4, "16", 16, ("0", "auto")),
    "WEB_QUEUE": Variable(8, "0", 0, ("-1", "long")),
    "KEEPALIVE": Variable(620, "75", 75, ("0", "for ever")),
    "GRACEFUL_TIMEOUT": Variable(30, "8", 8, ("0", "never")),
    "METRICS_TOKEN": Variable(None, SECRET, SECRET, ("short",)),
    "VERSION": Variable("development", "1.2.3", "1.2.3"),
    "API_KEY": Variable(None, "a-key", "a-key", ("two words", "a&key", "a'key")),
    "TILE_URL": Variable(
        "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        "https://{s}.tiles.example:8443/{y}/{x}/{z}?style=day",
        "https://{s}.tiles.example:8443/{y}/{x}/{z}?style=day",
        (
            "https://tiles.example/",
            "https://tiles.example/{z}/{x}.png",
            "ftp://tiles.example/{z}/{x}/{y}",
            "//tiles.example/{z}/{x}/{y}",
            "https://user@tiles.example/{z}/{x}/{y}",
            "https://tiles.example;script-src/{z}/{x}/{y}",
            "https://tiles.example/{z}/{x}/{y} 'unsafe-inline'",
        ),
    ),
    "TILE_ATTRIBUTION": Variable(
        "© OpenStreetMap contributors https://www.openstreetmap.org/copyright",
        "Our own map",
        "Our own map",
        ("x" * 201,),
    ),
    "BALANCER": Variable(
        GOOGLE,
        "cloudflare",
        ("CF-IPCity", ("CF-IPLatitude", "CF-IPLongitude")),
        ("nginx", "Google"),
    ),
    "CITY_HEADER": Variable(
        "X-City", "Client-City", "Client-City", ("Client City", "Städte", "a:b")
    ),
    "CITY_LAT_LONG_HEADERS": Variable(
        ("X-City-Lat-Long",), "Lat, Long", ("Lat", "Long"), ("a,b,c", "lat long")
    ),
    "TRUSTED_PROXIES": Variable(0, "2", 2, ("-1", "6", "all")),
    "TRUSTED_HOSTS": Variable((), "movr.example, .movr.test", ("movr.example", ".movr.test")),
    "RATELIMIT_STORAGE_URI": Variable(
        "memory://", "memory://", "memory://", ("memory", "nowhere://user:pass@host")
    ),
}


def read(config: Config, name: str) -> Any:
    if name == "BALANCER":
        return config.CITY_HEADER, config.CITY_LAT_LONG_HEADERS
    if name.startswith("DB_") and name != "DB_URI":
        return getattr(config.DB_LIMITS, name.removeprefix("DB_").lower())
    return getattr(config, name)


def load(**variables: str) -> Config:
    return Config.from_mapping({"SECRET_KEY": SECRET, **variables})


def faults(variables: Mapping[str, str]) -> list[str]:
    """The lines of the message about these variables, without its first and last."""
    with pytest.raises(ConfigError) as caught:
        Config.from_mapping(variables)
    first, *lines, last = str(caught.value).splitlines()
    assert first == "MovR cannot start with these settings:"
    assert last == ".env.example explains every setting."
    return lines


def test_in_debug_the_known_secret_is_for_this_machine_only():
    assert load(SECRET_KEY="", DEBUG="True", HOST="::1").HOST == "::1"
    (line,) = faults({"DEBUG": "True", "HOST": "0.0.0.0"})  # noqa: S104 (it is refused)
    assert line.startswith("  SECRET_KEY: is needed where HOST")


def test_a_store_with_an_impossible_port_is_a_fault_and_no_trace():
    (line,) = faults({"SECRET_KEY": SECRET, "RATELIMIT_STORAGE_URI": "redis://127.0.0.1:abc/0"})
    assert line.startswith("  RATELIMIT_STORAGE_URI: ")


def test_the_table_has_every_variable():
    settings = {field.name for field in fields(Config)} - {"DB_LIMITS"}
    limits = {f"DB_{field.name.upper()}" for field in fields(Limits)}
    assert set(VARIABLES) == settings | limits | {"BALANCER"}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_is_left_out_has_its_default(name):
    assert read(load(), name) == VARIABLES[name].default


@pytest.mark.parametrize("blank", ["", "   ", "\t"])
@pytest.mark.parametrize("name", sorted(VARIABLES.keys() - {"SECRET_KEY"}))
def test_a_blank_variable_counts_as_absent(name, blank):
    assert load(**{name: blank}) == load()


@pytest.mark.parametrize("name", VARIABLES)
def test_a_good_value_is_understood(name):
    variable = VARIABLES[name]
    assert read(load(**{name: variable.good}), name) == variable.meaning
    assert read(load(**{name: f"  {variable.good} "}), name) == variable.meaning


@pytest.mark.parametrize(
    ("name", "bad"), [(name, bad) for name, variable in VARIABLES.items() for bad in variable.bad]
)
def test_a_bad_value_is_refused_by_name(name, bad):
    (line,) = faults({"SECRET_KEY": SECRET, name: bad})
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
        )
    )
    assert not [secret for secret in (SECRET, OTHER_SECRET, "a-key", "hunter2") if secret in shown]


@pytest.mark.parametrize("word", ["False", "false", "FALSE", "0", "off", "no", "n", "f"])
def test_debug_can_be_denied(word):
    assert load(DEBUG=word).DEBUG is False
    assert faults({"DEBUG": word}) == ["  SECRET_KEY: is needed outside DEBUG."]


@pytest.mark.parametrize("word", ["True", "true", "1", "on", "yes"])
def test_debug_needs_no_secret_and_listens_on_this_machine_only(word):
    config = Config.from_mapping({"DEBUG": word})
    assert (config.DEBUG, config.HOST) == (True, "127.0.0.1")
    assert len(config.SECRET_KEY) >= 32


@pytest.mark.parametrize("variables", [{}, {"SECRET_KEY": "  "}])
def test_the_secret_is_needed_outside_debug(variables):
    assert faults(variables) == ["  SECRET_KEY: is needed outside DEBUG."]


def test_a_header_of_ones_own_comes_before_the_balancers():
    config = load(BALANCER="none", CITY_HEADER="Client-City")
    assert (config.CITY_HEADER, config.CITY_LAT_LONG_HEADERS) == ("Client-City", ())


def test_other_variables_of_the_environment_do_not_matter():
    assert load(PATH="/bin", FLASK_APP="server") == load()


def test_the_environment_comes_before_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text(f"SECRET_KEY={SECRET}\nPORT=9000\nREGION=gcp-us-west1\n")
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
        "PORT",
        "REGION",
        "SECRET_KEY",
    ]
