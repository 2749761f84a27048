"""A Prometheus that follows a fleet, with the alerts of the project, whose minutes are short."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import urlopen

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import start_process
from infra.monitoring.alerts import ALERTS
from infra.proxies import find_program
from tests.support.faults.fleets import wait_for

SECONDS_OF_A_MINUTE: Final = 0.3
_LOOK: Final = "500ms"
_SECONDS: Final = {"m": 60, "h": 3600}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """Which alerts there are now."""

    port: int

    def list_firing(self) -> set[str]:
        """Name the alerts that fire."""
        with urlopen(f"http://{LOOPBACK}:{self.port}/api/v1/alerts", timeout=20) as answer:
            alerts = json.load(answer)["data"]["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}

    def list_seen(self) -> Mapping[str, str]:
        """Give the health of each scrape by its address."""
        with urlopen(f"http://{LOOPBACK}:{self.port}/api/v1/targets", timeout=20) as answer:
            targets = json.load(answer)["data"]["activeTargets"]
        return {each["scrapeUrl"]: each["health"] for each in targets}

    def wait_until_firing(self, *names: str) -> None:
        wait_for(lambda: set(names) <= self.list_firing(), f"not all of {names} fire")

    def wait_until_quiet(self, *names: str) -> None:
        wait_for(lambda: not set(names) & self.list_firing(), f"some of {names} fire still")


@contextmanager
def open_prometheus(folder: Path, scraped: Sequence[str]) -> Iterator[Prometheus]:
    """Start one that scrapes these addresses; kill it at the end."""
    port = choose_port()
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "all", "rules": list(_write_rules())}]}))
    (folder / "prometheus.yml").write_text(json.dumps(_write_configuration(folder, scraped)))
    command = [find_program("prometheus") or "prometheus", f"--config.file={folder / 'prometheus.yml'}"]
    command += [f"--web.listen-address={LOOPBACK}:{port}", f"--storage.tsdb.path={folder / 'data'}"]
    process = start_process("prometheus", command, log=folder / "log")
    prometheus = Prometheus(port=port)
    try:
        process.wait_for_line("Server is ready", seconds=60)
        wait_for(lambda: set(prometheus.list_seen().values()) == {"up"}, "not all is scraped")
        yield prometheus
    finally:
        process.kill()


def is_installed() -> bool:
    """Whether there is a program to start."""
    return find_program("prometheus") is not None


def _write_configuration(folder: Path, scraped: Sequence[str]) -> Mapping[str, Any]:
    targets = [urlsplit(each).netloc for each in scraped]
    return {
        "global": {"scrape_interval": _LOOK, "scrape_timeout": _LOOK, "evaluation_interval": _LOOK},
        "rule_files": [str(folder / "rules.yml")],
        "scrape_configs": [{"job_name": "graphferry-gateway", "static_configs": [{"targets": targets}]}],
    }


def _write_rules() -> Iterator[Mapping[str, Any]]:
    for alert in ALERTS:
        yield {
            "alert": alert.name,
            "expr": re.sub(r"\[(\d+)([mh])\]", _shorten, alert.expression).replace("24 * 3600", _write(24 * 3600, "")),
            "for": _write(60 * alert.minutes),
        }


def _shorten(found: re.Match[str]) -> str:
    return f"[{_write(int(found[1]) * _SECONDS[found[2]])}]"


def _write(seconds: int, unit: str = "ms") -> str:
    return f"{round(seconds / 60 * SECONDS_OF_A_MINUTE * (1000 if unit else 1))}{unit}"
