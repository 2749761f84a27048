"""A job that ended without success is made again by one request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.archive_names import name_for_upload
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ApplicationReference, DeleteRequest, ExportRequest, ImportRequest
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import JOBS, submit

BAD_ENDS = [Status.FAILED, Status.CANCELLED, Status.CLOSED_BY_TIMEOUT]


async def end(world: World, status: Status, **changes: Any) -> Job:
    """Submit an export of the user's, and change its record."""
    job = await submit(world)
    world.jobs.jobs[job.id] = replace(job, status=status, source_system="ci", correlation_id="c", **changes)
    world.jobs.slots.clear()
    return world.jobs.jobs[job.id]


async def retry(client: Client, world: World, job: Job, caller: str = "user", **headers: str) -> tuple[int, Any]:
    answer = await client.post(f"{JOBS}/{job.id}/retry", headers={**world.as_(caller), **headers})
    return answer.status, await answer.json()


@pytest.mark.parametrize("status", BAD_ENDS)
async def test_the_same_request_is_made_again(client: Client, world: World, status: Status) -> None:
    job = await end(world, status)
    code, told = await retry(client, world, job, "admin")
    assert (code, told["retry_of"], told["status"]) == (202, job.id, "created")
    again = await world.jobs.get(told["id"])
    assert (again.request, again.kind, again.created_by) == (job.request, job.kind, "admin")
    assert (again.source_system, again.correlation_id) == ("ci", "c")


async def test_a_retry_sent_twice_is_one_job(client: Client, world: World) -> None:
    job = await end(world, Status.FAILED)
    (_, first), (_, second) = [await retry(client, world, job, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert first["id"] == second["id"]


@pytest.mark.parametrize("status", sorted(set(Status) - set(BAD_ENDS)))
async def test_what_has_not_ended_badly_is_not_made_again(client: Client, world: World, status: Status) -> None:
    code, told = await retry(client, world, await end(world, status))
    assert (code, told["code"]) == (409, "JOB_NOT_RETRIABLE")
    assert f"has the status '{status}';" in told["detail"]
    assert len(world.jobs.jobs) == 1


async def test_an_import_whose_archive_came_with_it_says_that_it_is_gone(client: Client, world: World) -> None:
    job = await end(world, Status.FAILED)
    request = ImportRequest(database="source", archive_name=name_for_upload(job.id))
    world.jobs.jobs[job.id] = replace(job, kind=JobKind.IMPORT, request=request, created_by="importer")
    code, told = await retry(client, world, job, "importer")
    assert (code, told["code"]) == (409, "UPLOAD_GONE")


async def test_an_import_whose_archive_was_deleted_says_so(client: Client, world: World) -> None:
    request = ImportRequest(database="source", archive_name="deleted.zip")
    job = await end(world, Status.FAILED, kind=JobKind.IMPORT, request=request, created_by="importer")
    code, told = await retry(client, world, job, "importer")
    assert (code, told["code"]) == (404, "ARCHIVE_UNKNOWN")


async def test_an_export_over_several_databases_is_looked_for_in_each(client: Client, world: World) -> None:
    world.databases["target"].add_node(["There"])
    job = await end(world, Status.FAILED)
    assert isinstance(job.request, ExportRequest)
    applications = (*job.request.applications, ApplicationReference(name="There", database="target"))
    world.jobs.jobs[job.id] = replace(job, request=replace(job.request, applications=applications))
    assert (await retry(client, world, job))[0] == 202


async def test_who_retries_needs_the_right_to_do_it_himself(client: Client, world: World) -> None:
    request = DeleteRequest(database="source", name="MyApp")
    job = await end(world, Status.FAILED, kind=JobKind.DELETE, request=request)
    assert (await retry(client, world, job, "supervisor"))[0] == 403
    assert (await retry(client, world, job, "admin"))[0] == 202
    assert (await retry(client, world, job, "other"))[0] == 404
