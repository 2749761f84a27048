"""Every error leaves as an answer of its surface's form, none with its inside."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp import ClientResponse
from typing_extensions import override

from gateway.http_errors import HttpRefusalError, JobUnfinishedError
from gateway.middlewares.errors import status_of
from shared import errors
from shared.errors import GraphferryError, StoreUnavailableError
from shared.jobs.record import Job
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.memory.jobs import MemoryJobStore


class BrokenJobs(MemoryJobStore):
    error: Exception

    @override
    async def get(self, job_id: str) -> Job:
        del job_id
        raise self.error


PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

JOB = "/api/v1/jobs/01a2038b-0f42-700b-b8a1-47b5e23c6bdf"


async def ask_broken(start_gateway: StartGateway, world: World, error: Exception) -> ClientResponse:
    jobs = BrokenJobs()
    jobs.error = error
    client = await start_gateway(replace(world.resources(), jobs=jobs))
    return await client.get(JOB, headers=world.as_("admin"))


async def test_an_error_is_a_problem_of_rfc_9457(client: Client, world: World) -> None:
    response = await client.get(JOB, headers={**world.as_("admin"), "X-Request-Id": "my-id", "traceparent": PARENT})
    assert response.status == 404
    assert response.content_type == "application/problem+json"
    assert await response.json() == {
        "type": "urn:graphferry:error:JOB_UNKNOWN",
        "title": "Not Found",
        "status": 404,
        "detail": "Job '01a2038b-0f42-700b-b8a1-47b5e23c6bdf' is unknown.",
        "code": "JOB_UNKNOWN",
        "details": [],
        "request_id": "my-id",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }


@pytest.mark.internal_error
async def test_the_unexpected_is_answered_without_its_inside(start_gateway: StartGateway, world: World) -> None:
    response = await ask_broken(start_gateway, world, RuntimeError("secret-inside"))
    text = await response.text()
    assert response.status == 500
    assert (await response.json())["code"] == "INTERNAL_ERROR"
    assert "secret-inside" not in text
    assert "Traceback" not in text
    assert response.headers["X-Request-Id"] in text


async def test_a_store_out_of_reach_is_503(start_gateway: StartGateway, world: World) -> None:
    response = await ask_broken(start_gateway, world, StoreUnavailableError("The job store is away."))
    assert response.status == 503
    assert response.headers["Retry-After"] == "5"
    assert (await response.json())["detail"] == "The job store is away."


async def test_unknown_paths_and_wrong_methods(client: Client) -> None:
    response = await client.get("/nothing/here")
    assert (response.status, (await response.json())["code"]) == (404, "NOT_FOUND")
    response = await client.delete("/api/v1/jobs")
    assert (response.status, (await response.json())["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["Allow"] == "GET,HEAD" or response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", [b"/\xff\xfe", b"/%ff", b"/imaging/etl/api/%00", b"/api/v1/jobs/\xed\xa0\x80", b"//"])
async def test_paths_that_are_no_text_get_an_answer(client: Client, world: World, path: bytes) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    key = world.keys["admin"].encode()
    writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nX-API-KEY: " + key + b"\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.split(b" ", 2)[1] in {b"400", b"404"}


async def test_a_tenant_that_is_no_text_gets_an_answer(client: Client, world: World) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    for caller in ("admin", "root"):
        key = world.keys[caller].encode()
        writer.write(
            b"GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nx-tenant-name: \xff\xfe\r\nX-API-KEY: " + key + b"\r\n\r\n"
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 404 ")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()


def every_error() -> list[type[GraphferryError]]:
    found: list[type[GraphferryError]] = []
    line = [GraphferryError]
    while line:
        each = line.pop()
        found.append(each)
        line += each.__subclasses__()
    return found


def test_what_a_caller_can_mend_is_never_a_fault_of_the_server() -> None:
    ours = (errors.TransferError, errors.UnavailableError, JobUnfinishedError)
    for each in every_error():
        if each not in {GraphferryError, HttpRefusalError} and not issubclass(each, ours):
            assert 400 <= status_of(each.__new__(each)) < 500, each


def test_the_most_specific_class_decides() -> None:
    assert status_of(errors.QueueFullError("acme", 25)) == 503
    assert status_of(errors.DiskFullError("full")) == 507
    assert status_of(errors.VerificationError("x")) == 500
    assert status_of(errors.InvalidJsonError("x")) == 400
    assert status_of(errors.ApplicationExistsError("a", "d")) == 409
