"""Tests of the Compose file: what a process in it is told, the product takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deploy.checking.manifests import check_compose
from infra.deploy.compose import COMPOSE
from infra.deploy.facts import ENVIRON, PORT
from shared.settings.process import Settings

SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]


@pytest.mark.parametrize("name", ["gateway", "worker"])
def test_the_product_takes_its_settings(name: str) -> None:
    given = {
        key: re.sub(r"\$\{NEO4J_PASSWORD[^}]*\}", "word", value) for key, value in SERVICES[name]["environment"].items()
    }
    settings = Settings.from_environ({**ENVIRON, **given})
    assert {each.uri for each in settings.databases.values()} == {"bolt://source:7687", "bolt://target:7687"}
    assert {each.password.get_secret_value() for each in settings.databases.values()} == {"word"}
    assert SERVICES.keys() >= settings.databases.keys() | {"valkey"}
    assert SERVICES["worker"]["stop_grace_period"] == f"{settings.drain_seconds + 15}s"


def test_only_the_gateway_is_reached_from_outside_and_from_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"gateway": [f"127.0.0.1:{PORT}:{PORT}"]}


def test_the_store_keeps_what_it_was_told() -> None:
    command = " ".join(SERVICES["valkey"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_a_field_that_compose_does_not_know_is_found(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(yaml.safe_dump({"services": {"one": {"image": "a", "replicas": 2}}}))
    (finding, *_) = check_compose(file)
    assert finding.startswith("compose.yaml/services/one")
    assert "replicas" in finding
