"""Probes come by a container's address, which is never among the host names that are trusted."""

import dataclasses

import pytest

from movr import MovR

BY_ADDRESS = "http://10.1.2.3:8000"


@pytest.fixture
def client(new_app, config):
    app = new_app(dataclasses.replace(config, TRUSTED_HOSTS=(".movr.example",)))
    movr: MovR = app.extensions["movr"]
    movr.create_schema()
    return app.test_client()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_answered_whatever_host_it_names(client, path):
    assert client.get(path, base_url=BY_ADDRESS).status_code == 200
    assert client.get(path, base_url="https://rides.movr.example").status_code == 200


def test_a_page_is_refused_to_a_host_that_is_not_trusted(client):
    assert client.get("/login", base_url=BY_ADDRESS).status_code == 400
    assert client.get("/login", base_url="https://rides.movr.example").status_code == 200
