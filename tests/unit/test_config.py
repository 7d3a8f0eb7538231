"""The settings: what each variable may say, what it means, and how all faults are told at once."""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dotenv import dotenv_values
from limits import parse

from movr.database.engine import Limits
from web.config import Config, ConfigError
from web.dangers import misspelled

ROOT = Path(__file__).resolve().parents[2]
SECRET = "c1f0a94be27d583604e9b8d7325fa61c"
OTHER_SECRET = "Zk3vQ8xw-P2rT6mYb9LhN_4dJcF7sGaE"
FILE = "sqlite:///movr.db"
CLUSTER = "cockroachdb://movr@db.example:26257/movr?sslmode=verify-full"
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
        FILE,
        CLUSTER,
        CLUSTER,
        ("movr.db", "sqlite://", "sqlite:///:memory:", "mysql://localhost/movr", "cockroachdb://"),
    ),
    "DB_POOL_SIZE": Variable(4, "3", 3, ("0", "-1", "many", "1.5")),
    "DB_POOL_TIMEOUT": Variable(5.0, "0.5", 0.5, ("0", "-1", "soon", "nan", "inf")),
    "DB_POOL_RECYCLE": Variable(300, "60", 60, ("0", "later")),
    "DB_CONNECT_TIMEOUT": Variable(5, "2", 2, ("1", "2.5", "soon")),
    "DB_STATEMENT_TIMEOUT": Variable(10.0, "2.5", 2.5, ("0", "soon")),
    "DB_WORLD_TIMEOUT": Variable(2.0, "0.5", 0.5, ("0", "soon")),
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
    "STILL_RIDING_AFTER": Variable(2.0, "0.5", 0.5, ("0", "-1", "soon", "nan")),
    "FORGOTTEN_AFTER": Variable(12.0, "24", 24.0, ("0", "-1", "never", "inf")),
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
    "CONTACT": Variable(
        None,
        "help@example.com",
        "help@example.com",
        (
            "help",
            "@example.com",
            "help@",
            "javascript:alert(1)",
            'https://x.example/"><b>',
            "a b@c.d",
        ),
    ),
    "TRUSTED_PROXIES": Variable(0, "2", 2, ("-1", "6", "all")),
    "TRUSTED_HOSTS": Variable((), "movr.example, .movr.test", ("movr.example", ".movr.test")),
    "SIGN_UPS_PER_NETWORK": Variable(
        (parse("20 per hour"), parse("100 per day")),
        "5 per 10 minutes",
        (parse("5 per 10 minutes"),),
        ("5", "often", "0 per hour", "5 per fortnight", "-5 per hour"),
    ),
    "FIRST_RIDES_PER_NETWORK": Variable((parse("3 per minute"),), "Off", (), ("never",)),
    "RATELIMIT_STORAGE_URI": Variable(
        "memory://",
        "memory://",
        "memory://",
        (
            "memory",
            "nowhere://user:pass@host",
            "redis+sentinel://127.0.0.1:26379/movr",
            "redis+cluster://127.0.0.1:7000",
        ),
    ),
}


def read(config: Config, name: str) -> Any:
    if name == "BALANCER":
        return config.CITY_HEADER, config.CITY_LAT_LONG_HEADERS
    if name.startswith("DB_") and name != "DB_URI":
        return getattr(config.DB_LIMITS, name.removeprefix("DB_").lower())
    return getattr(config, name)


# All that a MovR outside DEBUG has to be told.
NEEDED = {"SECRET_KEY": SECRET, "DB_URI": FILE}


def load(**variables: str) -> Config:
    return Config.from_mapping(NEEDED | variables)


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
    (line,) = faults(NEEDED | {"RATELIMIT_STORAGE_URI": "redis://127.0.0.1:abc/0"})
    assert line.startswith("  RATELIMIT_STORAGE_URI: ")


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
        # No file can have more than one region.
        assert read(load(**{"DB_URI": CLUSTER, name: good}), name) == variable.meaning


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


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_FALLBACKS"])
@pytest.mark.parametrize(
    "secret",
    [
        "x" * 64,
        "0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "changeme-changeme-changeme-changeme",
        "your-own-key-goes-here-please-Change-it",
        "a secret for tests and for nothing else",
        "iloveyouiloveyouiloveyouiloveyou",
        "MovR-production-key-2026-for-our-three-regions",
        "our_key_of_movr_our_key_of_movr_our_key_of_movr",
    ],
)
def test_secret_that_can_be_guessed_is_refused_outside_debug(name, secret):
    given = NEEDED | {name: secret}
    sentence = f"  {name}: can be guessed: make a random one, as .env.example says."
    assert faults(given) == [sentence]
    assert Config.from_mapping(given | {"DEBUG": "True"})


def test_random_secret_is_not_taken_for_a_guess():
    for _ in range(100):
        for secret in (secrets.token_hex(16), secrets.token_urlsafe(24), secrets.token_urlsafe(48)):
            assert secret == load(SECRET_KEY=secret).SECRET_KEY


@pytest.mark.parametrize("mode", ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=require"])
def test_way_to_a_database_elsewhere_that_checks_nothing_is_refused_outside_debug(mode):
    given = NEEDED | {"DB_URI": f"cockroachdb://movr@db.example:26257/movr{mode}"}
    assert faults(given) == [
        "  DB_URI: must have sslmode=verify-full where the database is on another machine."
    ]
    assert Config.from_mapping(given | {"DEBUG": "True"})


def test_several_regions_cannot_share_a_file_outside_debug():
    given = NEEDED | {"REGION": "gcp-us-west1"}
    (line,) = faults(given)
    assert line.startswith("  REGION: needs a database that all regions share")
    assert Config.from_mapping(given | {"DEBUG": "True"}).REGION == "gcp-us-west1"
    assert load(REGION="gcp-us-west1", DB_URI=CLUSTER).REGION == "gcp-us-west1"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TRUSTED_PROXYS", "TRUSTED_PROXIES"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("TRUSTED_HOST", "TRUSTED_HOSTS"),
        ("DB_URL", "DB_URI"),
        ("SECRETKEY", "SECRET_KEY"),
        ("KEEP_ALIVE", "KEEPALIVE"),
        ("DB_POOLSIZE", "DB_POOL_SIZE"),
    ],
)
def test_variable_that_looks_like_a_setting_is_pointed_out(name, meant):
    assert misspelled([name, "PATH"], VARIABLES) == [(name, meant)]


def test_variables_of_others_are_not_pointed_out():
    others = [
        *("PATH", "HOME", "HOSTNAME", "LANG", "USER", "SHELL", "TERM", "PWD", "SHLVL", "_"),
        *("PYTHON_VERSION", "PYTHONPATH", "PYTHONUNBUFFERED", "VIRTUAL_ENV", "FLASK_APP"),
        *("K_SERVICE", "K_REVISION", "K_CONFIGURATION", "GPG_KEY", "FLASK_DEBUG", "LB_PORT"),
        *("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "MOVR_PORT", "MOVR_SERVICE_HOST"),
        *("DB_URI_GCP_US_EAST1", "PROMETHEUS_MULTIPROC_DIR", "MOVR_TEST_DB_URI", "AWS_REGION"),
    ]
    assert misspelled([*others, *VARIABLES], VARIABLES) == []


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
