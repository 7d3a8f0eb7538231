"""A private Prometheus, as Debian ships it: scrapes what its configuration names, on loopback."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.support.loopback import HOST, free_port
from tests.support.processes import end_group, wait_until
from tests.support.started import Started


class PrometheusServer(Started):
    """Runs with this configuration while the context lasts; its data go with it."""

    def __init__(self, configuration: dict[str, Any], start_within: float = 30) -> None:
        self._url = f"http://{HOST}:{(port := free_port())}"
        self._listen = f"{HOST}:{port}"
        self._configuration = configuration
        self._start_within = start_within
        self._folder = tempfile.TemporaryDirectory(prefix="movr-prometheus-")
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def available() -> str | None:
        """Why no server can be started here and no rule tried, None when both can."""
        if shutil.which("prometheus") and shutil.which("promtool"):
            return None
        return "Prometheus is not installed (apt install prometheus)"

    def start(self) -> None:
        home = Path(self._folder.name)
        (home / "prometheus.yml").write_text(yaml.safe_dump(self._configuration))
        with (home / "log").open("wb") as log:
            self._process = process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={home}/prometheus.yml",
                    f"--storage.tsdb.path={home}/data",
                    f"--web.listen-address={self._listen}",
                ],
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(lambda: process.poll() is not None or self._is_ready(), self._start_within)
        if process.poll() is not None or not self._is_ready():
            text = (home / "log").read_text(errors="replace")
            self.stop()
            raise RuntimeError(f"Prometheus did not start. Its log:\n{text}")

    def stop(self) -> None:
        if self._process is not None:
            end_group(self._process, 10, signal.SIGTERM)
            self._process = None
        self._folder.cleanup()

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """What an expression gives now: samples with `metric` and `value`."""
        result: list[dict[str, Any]] = self._get("query", query=expression)["result"]
        return result

    def rules(self) -> list[dict[str, Any]]:
        """Every rule, with its `health` since it was last run."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, what: str, **fields: str) -> Any:
        answer = requests.get(f"{self._url}/api/v1/{what}", params=fields, timeout=30)
        parsed = answer.json()
        if parsed["status"] != "success":
            raise ValueError(parsed["error"])
        return parsed["data"]

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self._url}/-/ready", timeout=5).status_code == 200
        except OSError:
            return False
