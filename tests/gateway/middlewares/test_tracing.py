"""A request goes on with its caller's trace, or begins one; nothing that a header holds does more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import structlog

from shared.trace_context import TraceContext
from tests.gateway.conftest import CALLERS, Client, StartGateway, World, accepted_job
from tests.gateway.middlewares.test_errors import BrokenJobs
from tests.support.memory.tracing import MemoryTracer

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
JOB = "/api/v1/jobs/01a2038b-0f42-700b-b8a1-47b5e23c6bdf"
EXPORT = {"database": "source", "applications": [{"name": "MyApp"}]}

HOSTILE = [
    f"ff-{TRACE}-{SPAN}-01",
    f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f'{PARENT}","level":"error',
    PARENT.upper(),
    f"{PARENT} {PARENT}",
    "é" * 40,
    "\u202e" * 55,
    "0" * 15_000,
]


async def ask(client: Client, world: World, *headers: tuple[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask for a job that is unknown; return the problem and the request's line."""
    shown = [*world.as_("admin").items(), *headers]
    with structlog.testing.capture_logs() as lines:
        response = await client.get(JOB, headers=shown)
    assert response.status == 404
    (line,) = [each for each in lines if each["event"] == "request answered"]
    return await response.json(), dict(line)


async def test_the_callers_trace_is_told(client: Client, world: World) -> None:
    problem, line = await ask(client, world, ("traceparent", PARENT))
    assert (problem["trace_id"], line["trace_id"]) == (TRACE, TRACE)


@pytest.mark.parametrize("header", HOSTILE)
async def test_an_odd_header_begins_another_trace(client: Client, world: World, header: str) -> None:
    problem, line = await ask(client, world, ("traceparent", header))
    assert problem["trace_id"] == line["trace_id"]
    assert len(problem["trace_id"]) == 32
    assert problem["trace_id"] not in {TRACE, "0" * 32}


async def test_several_headers_begin_another_trace(client: Client, world: World) -> None:
    problem, _ = await ask(client, world, ("traceparent", PARENT), ("traceparent", PARENT))
    assert problem["trace_id"] != TRACE


async def test_without_a_header_each_request_begins_its_own(client: Client, world: World) -> None:
    assert (await ask(client, world))[0]["trace_id"] != (await ask(client, world))[0]["trace_id"]


async def test_the_record_keeps_where_the_job_belongs(client: Client, world: World) -> None:
    headers = {**world.as_("admin"), "traceparent": PARENT, "tracestate": "vendor=1"}
    response = await client.post("/api/v1/exports", json=EXPORT, headers=headers)
    job = await world.jobs.get((await response.json())["id"])
    assert job.trace == TraceContext(trace_id=TRACE, span_id=SPAN, state="vendor=1")


async def test_a_forged_trace_shows_nothing_of_anothers_job(client: Client, world: World) -> None:
    job = await accepted_job(client, world, "/api/v1/exports", EXPORT, "admin")
    assert job.trace is not None
    forged = f"00-{job.trace.trace_id}-{SPAN}-01"
    for caller in CALLERS.keys() - {"admin", "root"}:
        headers = {**world.as_(caller), "traceparent": forged}
        shown = await (await client.get("/api/v1/jobs", headers=headers)).json()
        without = await (await client.get("/api/v1/jobs", headers=world.as_(caller))).json()
        assert shown == without


@pytest.mark.parametrize(
    "path", ["/imaging/etl/api/app/nowhere", "/imaging/etl/api/app/export", "/default/acme/jobs/none", "/app/export"]
)
async def test_errors_of_other_surfaces_are_as_they_were(client: Client, world: World, path: str) -> None:
    response = await client.post(path, json={}, headers={**world.as_("admin"), "traceparent": PARENT})
    assert response.status >= 400
    assert (TRACE in await response.text()) == (response.content_type == "application/problem+json")


async def test_a_request_is_a_span(start_gateway: StartGateway, world: World) -> None:
    tracer = MemoryTracer()
    client = await start_gateway(replace(world.resources(), tracer=tracer))
    headers = {**world.as_("admin"), "traceparent": PARENT, "X-Request-Id": "my-id"}
    response = await client.post("/api/v1/exports?hush=secret", json=EXPORT, headers=headers)
    (span,) = tracer.spans
    assert (span.name, span.parent.span_id, span.has_ended) == ("POST /api/v1/exports", SPAN, True)
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/v1/exports",
        "http.response.status_code": 202,
        "url.scheme": "https",
        "server.address": "ferry.example",
        "graphferry.request_id": "my-id",
        "graphferry.tenant": "acme",
    }
    job = await world.jobs.get((await response.json())["id"])
    assert job.trace == span.context


async def test_what_is_polled_begins_no_trace(start_gateway: StartGateway, world: World) -> None:
    tracer = MemoryTracer()
    client = await start_gateway(replace(world.resources(), tracer=tracer))
    await client.get("/livez")
    await client.get(JOB, headers=world.as_("admin"))
    await client.get("/nowhere", headers=world.as_("admin"))
    assert tracer.spans == []
    await client.get(JOB, headers={**world.as_("admin"), "traceparent": PARENT})
    await client.request("PROPFIND", "/api/v1/tenants", headers={"traceparent": PARENT})
    assert [each.name for each in tracer.spans] == ["GET /api/v1/jobs/{job_id}", "HTTP"]
    assert [each.attributes["http.response.status_code"] for each in tracer.spans] == [404, 405]


@pytest.mark.internal_error
async def test_a_fault_of_ours_is_told_by_its_code(start_gateway: StartGateway, world: World) -> None:
    tracer, jobs = MemoryTracer(), BrokenJobs()
    jobs.error = RuntimeError("inside")
    client = await start_gateway(replace(world.resources(), tracer=tracer, jobs=jobs))
    await client.get(JOB, headers={**world.as_("admin"), "traceparent": PARENT})
    assert [each.error for each in tracer.spans] == ["INTERNAL_ERROR"]
