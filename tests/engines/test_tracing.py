"""One trace from the request to the publishing, over real processes and a collector of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from neo4j import GraphDatabase

from shared.settings.databases import DatabaseSettings
from tests.support.collector import Collector, Received, open_collector
from tests.support.stacks.stack_process import open_stack
from tests.support.stacks.stacks import Stack

pytestmark = pytest.mark.engines

CALLER = "00f067aa0ba902b7"
SERVER, CONSUMER = 2, 5
TOKEN = "Bearer hush-hush"

STATEMENT = """
CREATE (:Application {Name: 'Traced', Label: 'Traced', Version: '1'})
WITH 1 AS one UNWIND range(1, 251) AS i CREATE (n:Traced {number: i, note: 'content-of-nodes'})-[:NEXT]->(n)
"""
ITEMS = 251


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with open_collector() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traced")


@pytest.fixture(scope="module")
def stack(
    collector: Collector,
    neo4j_2026: DatabaseSettings,
    neo4j_526: DatabaseSettings,
    valkey_for: Callable[[str], str],
    archives_for: Callable[[str], Mapping[str, str]],
    folder: Path,
) -> Iterator[Stack]:
    headers = folder / "headers"
    headers.write_text(orjson.dumps({"Authorization": TOKEN}).decode())
    environ = {"GRAPHFERRY_TRACING_ENDPOINT": collector.url, "GRAPHFERRY_TRACING_HEADERS_FILE": str(headers)}
    databases = {"current": neo4j_2026, "lts": neo4j_526}
    with open_stack(
        folder,
        tenants=("acme",),
        databases=databases,
        valkey_for=valkey_for,
        archives_for=archives_for,
        environ=environ,
    ) as opened:
        place = opened.place("current", "")
        with GraphDatabase.driver(place.uri, auth=(place.user, place.password)) as driver:
            driver.execute_query(STATEMENT)
        yield opened


def move(stack: Stack, kind: str, body: dict[str, Any], trace_id: str) -> dict[str, Any]:
    """Submit a job within a trace; give its record at its end."""
    further = {"traceparent": f"00-{trace_id}-{CALLER}-01", "tracestate": "vendor=1"}
    answer = stack.request("POST", f"/api/v1/{kind}", body, further=further)
    assert answer.status == 202, answer
    job = stack.wait(answer.body["id"])
    assert job["status"] == "closed", job
    return job


@pytest.fixture(scope="module")
def exported(stack: Stack) -> dict[str, Any]:
    body = {"database": "current", "applications": [{"name": "Traced"}], "batch_size": 100}
    return move(stack, "exports", body, "a" * 32)


@pytest.fixture(scope="module")
def imported(stack: Stack, exported: dict[str, Any]) -> dict[str, Any]:
    body = {"database": "lts", "archive": exported["archive"]["name"], "batch_size": 100}
    return move(stack, "imports", body, "b" * 32)


def arrange(spans: list[Received]) -> Mapping[str, list[tuple[str, str]]]:
    """Give each parent's children, name and service, in the order in which they began."""
    names = {each.span_id: each.name for each in spans}
    arranged: dict[str, list[tuple[str, str]]] = {}
    for each in sorted(spans, key=lambda span: span.begin):
        arranged.setdefault(names.get(each.parent_id, each.parent_id), []).append((each.name, each.service))
    return arranged


def count_written(spans: list[Received], phase: str) -> int:
    (parent,) = [each.span_id for each in spans if each.name == phase]
    return sum(each.attributes["graphferry.rows"] for each in spans if (each.name, each.parent_id) == ("batch", parent))


def read_lines(stack: Stack, job: Mapping[str, Any]) -> list[dict[str, Any]]:
    log = stack.request("GET", f"/api/v1/jobs/{job['id']}/log")
    return [orjson.loads(line) for line in log.body.splitlines()]


def test_an_export_is_one_trace(collector: Collector, exported: dict[str, Any]) -> None:
    spans = collector.wait_for("POST /api/v1/exports", "job export", trace_id="a" * 32)
    assert arrange(spans) == {
        CALLER: [("POST /api/v1/exports", "graphferry-gateway")],
        "POST /api/v1/exports": [("job export", "graphferry-worker")],
        "job export": [
            (f"phase {name}", "graphferry-worker") for name in ("starting", "nodes", "relationships", "packing")
        ],
    }
    (job,) = [each for each in spans if each.name == "job export"]
    assert (job.kind, job.attributes["graphferry.job.id"]) == (CONSUMER, exported["id"])
    assert job.attributes["graphferry.outcome"] == "closed"
    # Read by blocks of ids, of which a server gives those of deleted nodes again: how many there are is its affair.
    noted = [event for each in spans if each.name.startswith("phase ") for event in each.events]
    assert job.attributes["graphferry.batches.read"] == len(noted) >= 2
    (nodes,) = [each for each in spans if each.name == "phase nodes"]
    assert sum(attributes["graphferry.rows"] for _, attributes in nodes.events) == ITEMS


def test_an_import_is_one_trace_up_to_the_publishing(collector: Collector, imported: dict[str, Any]) -> None:
    spans = collector.wait_for("POST /api/v1/imports", "job import", trace_id="b" * 32)
    arranged = arrange(spans)
    assert arranged[CALLER] == [("POST /api/v1/imports", "graphferry-gateway")]
    assert arranged["POST /api/v1/imports"] == [("job import", "graphferry-worker")]
    assert count_written(spans, "phase nodes") == ITEMS
    assert count_written(spans, "phase relationships") == ITEMS
    phases = [name.removeprefix("phase ") for name, _ in arranged["job import"]]
    assert phases == ["starting", "checking", "nodes", "relationships", "verifying", "publishing"]
    (job,) = [each for each in spans if each.name == "job import"]
    assert job.attributes["graphferry.job.id"] == imported["id"]
    assert job.attributes["graphferry.batches.written"] == len([each for each in spans if each.name == "batch"])
    assert not [each for each in spans if each.is_error]
    assert {each.state for each in spans} == {"vendor=1"}
    for each in spans:
        if each.kind != SERVER:
            assert job.begin <= each.begin <= each.end <= job.end


def test_lines_name_the_trace(stack: Stack, folder: Path, exported: dict[str, Any], imported: dict[str, Any]) -> None:
    for job, trace_id in ((exported, "a" * 32), (imported, "b" * 32)):
        lines = read_lines(stack, job)
        assert {line["trace_id"] for line in lines} == {trace_id}
    console = folder / "data" / "console"
    for name, event in (("gateway", "request answered"), ("worker-1", "job ended")):
        lines = [orjson.loads(line) for line in (console / f"{name}.log").read_bytes().splitlines()]
        told = [line.get("trace_id") for line in lines if line["event"] == event]
        assert {"a" * 32, "b" * 32} <= set(told)


def test_a_job_is_linked_to_those_that_it_waits_for(
    stack: Stack, collector: Collector, exported: dict[str, Any]
) -> None:
    body = {"database": "current", "applications": [{"name": "Traced"}], "depends_on": [exported["id"]]}
    move(stack, "exports", body, "c" * 32)
    (again,) = [each for each in collector.wait_for("job export", trace_id="c" * 32) if each.name == "job export"]
    (first,) = [each for each in collector.spans if each.name == "POST /api/v1/exports" and each.trace_id == "a" * 32]
    assert again.links == (first.span_id,)


def test_nothing_secret_leaves(
    stack: Stack, collector: Collector, exported: dict[str, Any], imported: dict[str, Any]
) -> None:
    del imported
    stack.request("GET", f"/api/v1/archives/{exported['archive']['name']}?q=hush-hush")
    stack.request("GET", "/api/v1/me", credentials={"X-API-KEY": "hush-hush"}, further={"Cookie": "hush-hush"})
    collector.wait_for("GET /api/v1/me")
    everything = repr(collector.spans)
    keys = [key for tenant in stack.ready["tenants"].values() for key in tenant["keys"].values()]
    passwords = [database["password"] for database in stack.ready["databases"].values()]
    for secret in (*keys, *passwords, stack.ready["super_admin"], "hush-hush", "content-of-nodes"):
        assert secret not in everything
    assert {each["Authorization"] for each in collector.requests} == {TOKEN}


def test_a_collector_that_hangs_holds_up_no_job(stack: Stack, collector: Collector, exported: dict[str, Any]) -> None:
    del exported
    body = {"database": "current", "applications": [{"name": "Traced"}]}
    collector.held.clear()
    try:
        move(stack, "exports", body, "d" * 32)
        assert not [each for each in collector.spans if each.trace_id == "d" * 32]
    finally:
        collector.held.set()
