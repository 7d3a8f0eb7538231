"""The launcher's own manners: it ends what it has started, and says what it cannot do."""

import os
import signal
import socket
from pathlib import Path

import pytest

from deploy.nginx import children, regions
from deploy.nginx import config as nginx_config
from deploy.nginx.children import Child, end_all
from deploy.nginx.settings import chosen_ports, environment
from movr.regions import REGIONS
from tests.regions.launched import LaunchedRegions
from tests.support.loopback import HOST, free_port
from tests.support.processes import is_running, wait_until
from web.config import Config


def test_ctrl_c_ends_all_that_was_started(nginx, db_uri: str, tmp_path: Path):
    with LaunchedRegions(db_uri, tmp_path / "log") as launched:
        family = launched.family()
        # Itself, and for each of three regions and the balancer a master and a worker.
        assert len(family) == 9
        assert launched.stop(signal.SIGINT) == 0
    assert not any(map(is_running, family))
    assert "Traceback" not in launched.output()


def test_region_that_cannot_start_ends_the_launcher_and_says_why(nginx, tmp_path: Path):
    with (
        pytest.raises(RuntimeError, match=r"(?s)DB_URI.*has ended with status 1"),
        LaunchedRegions("mysql://localhost/movr", tmp_path / "log"),
    ):
        pass


def test_end_of_the_balancer_ends_the_launcher():
    balancer = Child("balancer", free_port(), ["false"], os.environ)
    with pytest.raises(SystemExit, match="balancer has ended with status 1"):
        regions.watch(balancer, [], [])


def test_what_a_dead_program_leaves_behind_ends_with_it(capsys: pytest.CaptureFixture[str]):
    command = ["sh", "-c", "sleep 60 & echo $!; kill -s KILL $$"]
    child = Child("parent", free_port(), command, os.environ)
    assert wait_until(child.has_ended, 10)
    assert child.how_it_ended() == "parent has ended with signal SIGKILL."

    orphan = int(capsys.readouterr().out.removeprefix("[parent] "))
    assert wait_until(lambda: not is_running(orphan), 10)


def test_program_that_does_not_end_when_asked_is_forced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    monkeypatch.setattr(children, "_LONGEST_END_S", 0.1)
    deaf = tmp_path / "deaf"
    command = ["sh", "-c", f"trap '' TERM; touch {deaf}; while :; do sleep 0.1; done"]
    child = Child("deaf", free_port(), command, os.environ)
    assert wait_until(deaf.exists, 10)
    end_all([child])
    assert child.how_it_ended() == "deaf has ended with signal SIGKILL."
    assert not is_running(child.pid)


def test_missing_nginx_is_named_with_the_way_to_install_it(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(nginx_config, "_FOLDERS", ())
    with pytest.raises(SystemExit, match="sudo apt-get install nginx"):
        regions.main()


@pytest.mark.parametrize(
    "wrong",
    [
        {"LB_PORT": "eighty"},
        {"LB_PORT": "70000"},
        {"REGION_PORTS": f"{free_port()},{free_port()}"},
    ],
)
def test_ports_that_are_none_are_refused_with_an_example(wrong):
    given = {"LB_PORT": str(free_port())} | wrong
    with pytest.raises(SystemExit, match="Choose others: LB_PORT=8080"):
        chosen_ports(given)


def test_port_of_another_program_is_refused_and_a_free_one_taken():
    with socket.create_server((HOST, free_port())) as taken:
        number = taken.getsockname()[1]
        free = [free_port() for _ in REGIONS]
        for given in (
            {"LB_PORT": str(number), "REGION_PORTS": ",".join(map(str, free))},
            {"LB_PORT": str(free[0]), "REGION_PORTS": f"{free[1]},{free[2]},{number}"},
        ):
            with pytest.raises(SystemExit, match="These ports cannot be used"):
                chosen_ports(given)
    port, region_ports = chosen_ports(given)
    assert (port, list(region_ports.values())) == (free[0], [free[1], free[2], number])


def test_regions_differ_in_what_sets_them_apart_and_agree_in_the_rest():
    settings = {
        "DB_URI": "cockroachdb://root@127.0.0.1:26257/movr",
        "DB_URI_GCP_EUROPE_WEST1": "cockroachdb://root@127.0.0.1:26263/movr",
        "SECRET_KEY": "k" * 32,
        # Of a deployment, and wrong behind this balancer.
        "DEBUG": "False",
        "TRUSTED_HOSTS": "movr.example",
        "CITY_HEADER": "CF-IPCity",
    }
    configs = {
        region: Config.from_mapping(environment(region, 8081 + number, settings))
        for number, region in enumerate(REGIONS)
    }
    assert [config.REGION for config in configs.values()] == list(REGIONS)
    assert [config.PORT for config in configs.values()] == [8081, 8082, 8083]
    assert [config.DB_URI for config in configs.values()] == [
        settings["DB_URI"],
        settings["DB_URI"],
        settings["DB_URI_GCP_EUROPE_WEST1"],
    ]
    for config in configs.values():
        assert (config.SECRET_KEY, config.HOST, config.DEBUG) == ("k" * 32, HOST, True)
        assert (config.TRUSTED_PROXIES, config.TRUSTED_HOSTS) == (1, ())
        assert (config.CITY_HEADER, config.CITY_LAT_LONG_HEADERS) == (
            "X-City",
            ("X-City-Lat-Long",),
        )
