"""Tests of what a stack shall consist of."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from infra.engines.object_stores import CREDENTIALS, use_store_alone
from infra.engines.process import EngineError
from infra.stack.plan import StackPlan, StackRequest
from infra.stack.rooms import format_environ, merge_environ
from shared.settings.process import Settings, SettingsError


def _request(folder: Path, *databases: str) -> StackRequest:
    return StackRequest(data_dir=folder, tenants=("acme",), databases=databases or None, workers=2)


def test_everything_is_embedded_by_default(tmp_path: Path) -> None:
    plan = StackPlan.make(_request(tmp_path), {})
    assert list(plan.settings.databases) == list(plan.neo4j) == ["source", "target"]
    assert plan.valkey is not None
    assert plan.settings.valkey_url == plan.valkey.url
    ports = {plan.settings.port, plan.settings.metrics_port, plan.valkey.port, *(s.port for s in plan.neo4j.values())}
    assert len(ports) == 5
    assert 0 not in ports


def test_engines_of_the_user_are_taken(tmp_path: Path) -> None:
    environ = {
        "GRAPHFERRY_VALKEY_URL": "redis://valkey.example:6379/3",
        "GRAPHFERRY_DATABASES": '{"mine": {"uri": "bolt://neo4j.example:7687", "password": "p"}}',
    }
    plan = StackPlan.make(_request(tmp_path), environ)
    assert plan.valkey is None
    assert plan.settings.valkey_url == "redis://valkey.example:6379/3"
    assert not plan.neo4j
    assert list(plan.settings.databases) == ["mine"]

    mixed = StackPlan.make(_request(tmp_path, "mine", "other"), environ)
    assert list(mixed.neo4j) == ["other"]
    assert mixed.settings.databases["mine"].uri == "bolt://neo4j.example:7687"
    assert mixed.settings.databases["other"].uri == mixed.neo4j["other"].settings.uri


def test_what_files_of_the_user_hold_is_handed_on(tmp_path: Path) -> None:
    secrets = {
        "VALKEY_URL": "redis://valkey.example\n",
        "DATABASES": '{"mine": {"uri": "bolt://h", "auth": "bearer", "token": "t"}}',
        "TRACING_HEADERS": '{"A": "b"}',
    }
    for name, text in secrets.items():
        (tmp_path / name).write_text(text)
    environ = {f"GRAPHFERRY_{name}_FILE": str(tmp_path / name) for name in secrets}
    environ["GRAPHFERRY_TRACING_ENDPOINT"] = "http://collector:4318"
    plan = StackPlan.make(_request(tmp_path), environ)
    assert plan.valkey is None
    read = Settings.from_environ(merge_environ(environ, plan.settings))
    assert (read.valkey_url, read.databases) == ("redis://valkey.example", plan.settings.databases)
    assert read.tracing_headers["A"].get_secret_value() == "b"


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EngineError, match=f"Port {port} of 127.0.0.1 is taken.*GRAPHFERRY_PORT"):
            StackPlan.make(_request(tmp_path), {"GRAPHFERRY_PORT": str(port)})


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="GRAPHFERRY_MAX_JOBS"):
        StackPlan.make(_request(tmp_path), {"GRAPHFERRY_MAX_JOBS": "9"})


def test_the_rooms_read_what_the_plan_decided(tmp_path: Path) -> None:
    plan = StackPlan.make(_request(tmp_path), {"GRAPHFERRY_LEASE_SECONDS": "5"})
    variables = {"GRAPHFERRY_LEASE_SECONDS": "5", **format_environ(plan.settings)}
    variables["GRAPHFERRY_METRICS_PORT"] = str(plan.settings.metrics_port)
    assert Settings.from_environ(variables) == plan.settings


def test_a_bucket_is_embedded_where_it_is_asked_for(tmp_path: Path) -> None:
    request = replace(_request(tmp_path), has_bucket=True)
    plan = StackPlan.make(request, {})
    assert plan.objects is not None
    assert plan.settings.archives == plan.objects.address("stack")
    assert str(plan.settings.bucket) == "s3://ferry/stack"
    assert (
        Settings.from_environ(
            {**format_environ(plan.settings), "GRAPHFERRY_METRICS_PORT": str(plan.settings.metrics_port)}
        )
        == plan.settings
    )
    own = StackPlan.make(request, {"GRAPHFERRY_ARCHIVES": "s3://mine"})
    assert (own.objects, own.settings.archives, own.settings.scratch_dir) == (None, "s3://mine", None)


def test_nothing_of_the_users_access_to_other_stores_is_left() -> None:
    environ = {
        "HOME": "/home/ann",
        "AWS_PROFILE": "ann",
        "AWS_SESSION_TOKEN": "hers",
        "AWS_ENDPOINT_URL": "http://hers",
    }
    use_store_alone(environ)
    assert environ == {"HOME": "/home/ann", **CREDENTIALS}
