"""deploy/cloudrun/deploy.sh in a project that is new, half done or finished."""

import pytest

from movr.regions import REGIONS
from tests.deploy.cloud import Cloud, printed_commands
from tests.deploy.settings import SECRETS, accepted, connections

ARGUMENTS = ("--project", "p1", "--image", "pkg.dev/p1/movr:v1", "--domain", "movr.example.com")
PLACES = [region.removeprefix("gcp-") for region in REGIONS]
DATABASES = [f"secrets movr-db-uri-{place}" for place in PLACES]


@pytest.fixture
def cloud(tmp_path):
    """A project with nothing in it but the addresses of the database."""
    cloud = Cloud(tmp_path)
    cloud.add(*DATABASES)
    return cloud


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """The same project after a first run; nobody changes it."""
    cloud = Cloud(tmp_path_factory.mktemp("cloud"))
    cloud.add(*DATABASES, "secrets movr-api-key")
    assert cloud.deploy(*ARGUMENTS).returncode == 0
    return cloud


def created(calls):
    return [call.words for call in calls if {"create", "add-backend"} & set(call.words)]


def test_a_new_project_gets_a_service_and_an_endpoint_group_in_each_region(deployed):
    services = deployed.calls("run", "deploy", "movr")
    assert [call.option("region") for call in services] == PLACES
    groups = deployed.calls("network-endpoint-groups", "create")
    assert [call.option("region") for call in groups] == PLACES
    assert {call.option("cloud-run-service") for call in groups} == {"movr"}
    backends = deployed.calls("backend-services", "add-backend")
    assert [call.option("network-endpoint-group-region") for call in backends] == PLACES


def test_each_service_gets_settings_that_movr_accepts(deployed):
    for region, call in zip(REGIONS, deployed.calls("run", "deploy"), strict=True):
        given = dict(pair.split("=", 1) for pair in call.option("set-env-vars").split(","))
        config = accepted(given | SECRETS)
        serves = config.REGION
        assert serves == region
        assert config.TRUSTED_PROXIES == 2
        assert config.TRUSTED_HOSTS == ("movr.example.com",)
        # Google's balancer keeps its connections for 600 s; 10 s after SIGTERM comes SIGKILL.
        assert config.KEEPALIVE > 600
        assert config.GRACEFUL_TIMEOUT < 10
        # A request never waits inside a container, and the database is not asked for too much.
        assert int(call.option("concurrency")) == config.WEB_CONCURRENCY * config.WEB_THREADS
        assert config.DB_LIMITS.pool_size == config.WEB_THREADS
        assert int(call.option("max-instances")) * connections(config) == 48


def test_services_are_reached_through_the_balancer_only(deployed):
    for call in deployed.calls("run", "deploy"):
        assert call.option("ingress") == "internal-and-cloud-load-balancing"


def test_the_balancer_says_where_the_client_is(deployed):
    (update,) = deployed.calls("backend-services", "update")
    assert update.options("custom-request-header") == [
        "X-City:{client_city}",
        "X-City-Lat-Long:{client_city_lat_long}",
    ]


def test_the_certificate_is_managed_and_for_the_domain(deployed):
    (certificate,) = deployed.calls("ssl-certificates", "create")
    assert certificate.option("domains") == "movr.example.com"
    (proxy,) = deployed.calls("target-https-proxies", "create")
    assert proxy.option("ssl-certificates") in certificate.words


def test_secrets_are_given_by_name_and_version_and_only_if_they_are_there(deployed):
    for place, call in zip(PLACES, deployed.calls("run", "deploy"), strict=True):
        assert call.option("set-secrets").split(",") == [
            "SECRET_KEY=movr-secret-key:7",
            "API_KEY=movr-api-key:7",
            f"DB_URI=movr-db-uri-{place}:7",
        ]


def test_a_new_secret_key_is_long_and_never_on_a_command_line(cloud):
    ended = cloud.deploy(*ARGUMENTS)
    secret = cloud.secret()
    assert len(secret) == len(secret.strip()) == 64
    assert secret not in ended.stdout + ended.stderr
    assert not any(secret in word for call in cloud.calls() for word in call.words)


def test_a_second_run_creates_nothing_and_deploys_again(cloud):
    cloud.deploy(*ARGUMENTS)
    first = created(cloud.calls())
    assert cloud.deploy(*ARGUMENTS).returncode == 0
    assert first
    assert created(cloud.calls()) == []
    assert len(cloud.calls("run", "deploy")) == len(PLACES)


def test_a_run_that_was_interrupted_is_taken_up_where_it_ended(cloud):
    cloud.add("compute addresses movr", f"compute network-endpoint-groups movr-{PLACES[0]}")
    cloud.deploy(*ARGUMENTS)
    groups = cloud.calls("network-endpoint-groups", "create")
    assert [call.option("region") for call in groups] == PLACES[1:]
    assert cloud.calls("addresses", "create") == []
    assert cloud.calls("url-maps", "create") != []


def test_without_a_database_nothing_is_deployed(tmp_path):
    cloud = Cloud(tmp_path)
    cloud.add(*DATABASES[:-1])
    ended = cloud.deploy(*ARGUMENTS)
    assert ended.returncode == 1
    assert f"There is no secret movr-db-uri-{PLACES[-1]}" in ended.stderr
    assert cloud.calls("run", "deploy") == []


def test_a_dry_run_runs_nothing_and_prints_what_a_first_run_runs(cloud):
    dry = cloud.deploy(*ARGUMENTS, "--dry-run")
    assert dry.returncode == 0
    assert cloud.calls() == []
    optional = ("secret-key-fallbacks", "api-key", "metrics-token", "ratelimit-storage-uri")
    optional += ("mail-uri",)
    cloud.add(*(f"secrets movr-{name}" for name in optional))
    cloud.deploy(*ARGUMENTS)
    # Where it looks up a version, it can only say which one it would ask for.
    ran = [[word.replace(":7", ":latest") for word in call.words] for call in cloud.calls()]
    assert [call.words for call in printed_commands(dry.stdout)] == ran


def test_what_stands_after_the_dashes_goes_to_every_service(cloud):
    cloud.deploy(*ARGUMENTS, "--", "--network=movr", "--vpc-egress=all-traffic")
    for call in cloud.calls("run", "deploy"):
        assert call.words[-2:] == ["--network=movr", "--vpc-egress=all-traffic"]


@pytest.mark.parametrize(
    "arguments", [(), ARGUMENTS[:-2], ARGUMENTS[:-1], (*ARGUMENTS, "--nonsense"), ("--project",)]
)
def test_arguments_that_are_missing_or_unknown_are_explained(cloud, arguments):
    ended = cloud.deploy(*arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith("Usage: deploy.sh")
    assert cloud.calls() == []
