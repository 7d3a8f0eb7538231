"""Settings that are valid and dangerous, and variables that are nearly settings."""

import secrets

import pytest

from tests.unit.settings import CLUSTER, MAILS, NEEDED, VARIABLES, faults, load
from web.config import Config
from web.dangers import misspelled


def test_in_debug_the_known_secret_is_for_this_machine_only():
    assert load(SECRET_KEY="", DEBUG="True", HOST="::1").HOST == "::1"
    (line,) = faults({"DEBUG": "True", "HOST": "0.0.0.0"})  # noqa: S104 (it is refused)
    assert line.startswith("  SECRET_KEY: is needed where HOST")


@pytest.mark.parametrize("debug", ["", "True"])
def test_mails_need_a_sender_and_outside_debug_a_site_to_link_to(debug):
    given = NEEDED | {"DEBUG": debug, "MAIL_URI": MAILS}
    lines = ["  MAIL_FROM: is needed with MAIL_URI.", "  SITE_URL: is needed with MAIL_URI."]
    assert faults(given) == (lines[:1] if debug else lines)


def test_mails_and_their_links_go_through_no_network_in_the_clear():
    plain = {"MAIL_FROM": "a@b.example", "SITE_URL": "http://b.example"}
    lines = faults(NEEDED | plain | {"MAIL_URI": "smtp://b.example"})
    assert [line.partition(":")[0].strip() for line in lines] == ["MAIL_URI", "SITE_URL"]
    secure = plain | {"SITE_URL": "https://b.example"}
    for uri in ("smtps://b.example", "smtp://127.0.0.1:25", "smtp://b.example?starttls"):
        assert uri == load(**secure, MAIL_URI=uri).MAIL_URI
    local = plain | {"DEBUG": "True", "MAIL_URI": "smtp://b.example"}
    assert load(**local).SITE_URL == "http://b.example"


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
    for _ in range(20):
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
