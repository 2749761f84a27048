"""A job waits for others that its request names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.jobs.record import JobKind, Status
from shared.jobs.requests import ImportRequest
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import JOBS, submit
from tests.support.archives.small import make_archive

ARCHIVE = make_archive("MyApp")
EXPORT: dict[str, Any] = {"database": "source", "applications": [{"name": "MyApp"}]}
BODIES: dict[str, dict[str, Any]] = {
    "exports": EXPORT,
    "imports": {"database": "target", "archive": "a.zip"},
    "copies": {"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]},
}


async def post(client: Client, world: World, kind: str, caller: str = "admin", **more: Any) -> tuple[int, Any]:
    answer = await client.post(f"/api/v1/{kind}", json={**BODIES[kind], **more}, headers=world.as_(caller))
    return answer.status, await answer.json()


@pytest.mark.parametrize("kind", BODIES)
async def test_every_kind_of_request_may_wait(client: Client, world: World, kind: str) -> None:
    world.archives.put("acme", "a.zip", ARCHIVE)
    first = await submit(world, "admin")
    status, told = await post(client, world, kind, depends_on=[first.id, first.id.upper()])
    assert (status, told["depends_on"], told["status"], told["attempt"]) == (202, [first.id], "created", 0)
    assert world.jobs.held == {"acme": [told["id"]]}


@pytest.mark.parametrize(
    ("depends_on", "status", "code"),
    [
        ("others", 404, "JOB_UNKNOWN"),
        ("strangers", 404, "JOB_UNKNOWN"),
        ("01a2038b-0f42-700b-b8a1-47b5e23c6bdf", 404, "JOB_UNKNOWN"),
        ("nonsense", 400, "INVALID_REQUEST"),
        ("failed", 409, "DEPENDENCY_FAILED"),
    ],
)
async def test_what_cannot_be_waited_for(client: Client, world: World, depends_on: str, status: int, code: str) -> None:
    failed = await submit(world)
    world.jobs.jobs[failed.id] = replace(failed, status=Status.FAILED)
    known = {
        "others": (await submit(world, "other")).id,
        "strangers": (await submit(world, "user", "globex")).id,
        "failed": failed.id,
    }
    before = set(world.jobs.jobs)
    got, told = await post(client, world, "exports", "user", depends_on=[known.get(depends_on, depends_on)])
    assert (got, told["code"]) == (status, code)
    assert set(world.jobs.jobs) == before


async def test_what_is_to_come_before_may_be_exported(client: Client, world: World) -> None:
    first, other = await submit(world, "admin"), await submit(world, "admin")
    request = ImportRequest(database="source", archive_name="a.zip", import_as="Coming")
    world.jobs.jobs[first.id] = replace(first, kind=JobKind.IMPORT, request=request)
    coming = [{"name": "Coming"}]
    assert (await post(client, world, "exports", applications=coming, depends_on=[first.id]))[0] == 202
    copy = [{"name": "Coming", "import_as": "Mine"}]
    assert (await post(client, world, "copies", applications=copy, depends_on=[first.id]))[0] == 202
    assert (await post(client, world, "exports", applications=coming, depends_on=[other.id]))[0] == 404
    assert (await post(client, world, "exports", applications=[{"name": "No"}], depends_on=[first.id]))[0] == 404


async def test_a_retry_waits_for_what_may_still_close(client: Client, world: World) -> None:
    ended, running = await submit(world), await submit(world)
    world.jobs.jobs[ended.id] = replace(ended, status=Status.FAILED)
    job = await submit(world)
    depends_on = (ended.id, running.id)
    world.jobs.jobs[job.id] = replace(job, status=Status.FAILED, depends_on=depends_on)
    answer = await client.post(f"{JOBS}/{job.id}/retry", headers=world.as_("user"))
    assert (answer.status, (await answer.json())["depends_on"]) == (202, [running.id])
