"""The manifests: valid to the letter, restricted, and what MovR and the balancer need."""

import kubernetes_validate
import pytest

from movr.regions import REGIONS
from tests.deploy.manifests import OVERLAYS, only, rendered, unavailable_reason
from tests.deploy.settings import SECRETS, accepted, connections
from tests.support.requirements import require

# The oldest Kubernetes that is meant, and the newest whose rules are known here.
VERSIONS = ("1.33", kubernetes_validate.latest_version())
# A node of the database has use for about this many connections for each of its vCPUs.
CONNECTIONS_PER_VCPU = 4


@pytest.fixture(autouse=True)
def _renderer():
    require(unavailable_reason())


@pytest.fixture(params=OVERLAYS)
def region(request):
    return request.param


@pytest.fixture
def manifests(region):
    return rendered(f"overlays/{region}")


@pytest.fixture
def pod(manifests):
    return only("Deployment", manifests)["spec"]["template"]["spec"]


@pytest.fixture
def container(pod):
    (container,) = pod["containers"]
    return container


def test_every_region_of_the_catalogue_has_an_overlay():
    assert set(OVERLAYS) == set(REGIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_every_manifest_to_the_letter(manifests, version):
    assert {manifest["kind"] for manifest in manifests} == {
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Namespace",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }
    for manifest in manifests:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelt_field_is_not_accepted(manifests):
    service = {**only("Service", manifests), "specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, VERSIONS[0], strict=True)


def test_movr_accepts_the_settings_and_serves_the_region_of_the_folder(
    region, manifests, container
):
    secrets = {entry["name"]: entry["valueFrom"]["secretKeyRef"] for entry in container["env"]}
    assert all(name == source["key"] for name, source in secrets.items())
    optional = {name for name, source in secrets.items() if source.get("optional")}
    assert set(secrets) - optional == set(SECRETS)
    config = accepted(only("ConfigMap", manifests)["data"] | SECRETS | dict.fromkeys(optional, ""))
    serves, proxies = config.REGION, config.TRUSTED_PROXIES
    assert (serves, proxies) == (region, 2)
    assert container["ports"] == [{"name": "http", "containerPort": config.PORT}]


def test_pods_read_the_settings_of_their_own_version(manifests, container):
    (source,) = container["envFrom"]
    name = only("ConfigMap", manifests)["metadata"]["name"]
    assert source == {"configMapRef": {"name": name}}
    # The end is made from the content, so that a change of settings rolls the pods.
    assert name.startswith("movr-settings-")


def test_the_most_pods_open_no_more_connections_than_three_nodes_of_4_vcpus_serve(manifests):
    config = accepted(only("ConfigMap", manifests)["data"] | SECRETS)
    assert config.DB_LIMITS.pool_size == config.WEB_THREADS
    pods = only("HorizontalPodAutoscaler", manifests)["spec"]["maxReplicas"]
    assert pods * connections(config) <= 3 * 4 * CONNECTIONS_PER_VCPU


def test_the_autoscaler_is_the_only_one_to_count_pods(manifests):
    deployment = only("Deployment", manifests)
    target = only("HorizontalPodAutoscaler", manifests)["spec"]["scaleTargetRef"]
    assert "replicas" not in deployment["spec"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])


def test_pods_may_do_nothing_that_they_need_not(manifests, pod, container):
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
    assert writable == ["/tmp"]  # noqa: S108 (the pod's own)
    labels = only("Namespace", manifests)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_lost_database_takes_a_pod_out_of_service_but_does_not_restart_it(container):
    paths = {
        name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")
    }
    assert paths == {
        "startup": {"path": "/healthz", "port": "http"},
        "liveness": {"path": "/healthz", "port": "http"},
        "readiness": {"path": "/readyz", "port": "http"},
    }


def test_a_pod_has_time_to_finish_what_is_under_way(manifests, pod, container):
    config = accepted(only("ConfigMap", manifests)["data"] | SECRETS)
    leaving = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert leaving + config.GRACEFUL_TIMEOUT < pod["terminationGracePeriodSeconds"]


def test_a_pod_keeps_idle_connections_for_longer_than_googles_balancer(manifests):
    config = accepted(only("ConfigMap", manifests)["data"] | SECRETS)
    assert config.KEEPALIVE > 600


def test_everything_selects_the_pods_of_the_deployment(manifests):
    labels = only("Deployment", manifests)["spec"]["template"]["metadata"]["labels"]
    service = only("Service", manifests)["spec"]["selector"]
    selectors = [
        service,
        only("Deployment", manifests)["spec"]["selector"]["matchLabels"],
        only("PodDisruptionBudget", manifests)["spec"]["selector"]["matchLabels"],
        only("NetworkPolicy", manifests)["spec"]["podSelector"]["matchLabels"],
        only("MultiClusterService", rendered("multi-cluster"))["spec"]["template"]["spec"][
            "selector"
        ],
    ]
    assert selectors == [service] * len(selectors)
    assert service.items() <= labels.items()


def test_only_the_balancer_and_prometheus_get_in(manifests):
    policy = only("NetworkPolicy", manifests)["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    (rule,) = policy["ingress"]
    assert rule["from"] == [
        {"ipBlock": {"cidr": "35.191.0.0/16"}},
        {"ipBlock": {"cidr": "130.211.0.0/22"}},
        {"namespaceSelector": {"matchLabels": {"movr/reads-metrics": "true"}}},
    ]
    assert rule["ports"] == [{"protocol": "TCP", "port": "http"}]
    assert [port["port"] for rule in policy["egress"] for port in rule["ports"]] == [
        53,
        53,
        26257,
        6379,
        465,
        587,
    ]
