"""The balancer over all clusters. GKE publishes no schemas for its kinds, so they stand here."""

import json

import pytest

from tests.deploy.manifests import only, rendered, unavailable_reason
from tests.support.requirements import require


@pytest.fixture
def manifests():
    require(unavailable_reason())
    return rendered("multi-cluster")


def test_each_kind_has_the_version_that_gke_serves(manifests):
    assert {manifest["kind"]: manifest["apiVersion"] for manifest in manifests} == {
        "BackendConfig": "cloud.google.com/v1",
        "FrontendConfig": "networking.gke.io/v1beta1",
        "MultiClusterIngress": "networking.gke.io/v1",
        "MultiClusterService": "networking.gke.io/v1",
    }
    assert {manifest["metadata"]["namespace"] for manifest in manifests} == {"movr"}


def test_the_balancer_says_where_the_client_is_and_asks_whether_movr_can_serve(manifests):
    assert only("BackendConfig", manifests)["spec"] == {
        "customRequestHeaders": {
            "headers": ["X-City:{client_city}", "X-City-Lat-Long:{client_city_lat_long}"]
        },
        "healthCheck": {
            "type": "HTTP",
            "requestPath": "/readyz",
            "port": 8000,
            "checkIntervalSec": 5,
            "timeoutSec": 5,
            "healthyThreshold": 1,
            "unhealthyThreshold": 3,
        },
        "timeoutSec": 30,
        "connectionDraining": {"drainingTimeoutSec": 30},
        "logging": {"enable": True, "sampleRate": 1.0},
    }


def test_every_request_ends_at_the_service_and_over_tls(manifests):
    ingress = only("MultiClusterIngress", manifests)
    service = only("MultiClusterService", manifests)
    (port,) = service["spec"]["template"]["spec"]["ports"]
    assert ingress["spec"]["template"]["spec"] == {
        "backend": {"serviceName": service["metadata"]["name"], "servicePort": port["port"]}
    }
    assert port["targetPort"] == 8000
    assert set(ingress["metadata"]["annotations"]) == {
        "networking.gke.io/static-ip",
        "networking.gke.io/pre-shared-certs",
        "networking.gke.io/frontend-config",
    }
    assert only("FrontendConfig", manifests)["spec"] == {
        "sslPolicy": "movr",
        "redirectToHttps": {"enabled": True},
    }


def test_ingress_and_service_name_the_configurations_beside_them(manifests):
    ingress = only("MultiClusterIngress", manifests)["metadata"]["annotations"]
    service = only("MultiClusterService", manifests)["metadata"]["annotations"]
    frontend = only("FrontendConfig", manifests)["metadata"]["name"]
    backend = only("BackendConfig", manifests)["metadata"]["name"]
    assert ingress["networking.gke.io/frontend-config"] == frontend
    assert json.loads(service["cloud.google.com/backend-config"]) == {"default": backend}
