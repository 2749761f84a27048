"""The receipt of an ended job tells who had what done when, and what proves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.archive.manifest import TOOL_VERSION
from shared.jobs.record import Cancellation, Job, JobKind, Status
from shared.jobs.requests import ImportRequest
from shared.jobs.summaries import ArchiveFacts, Summary, UndoReport
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import JOBS, submit
from tests.support.summaries import exported

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
UNDONE = UndoReport(nodes_removed=143_000, relationships_removed=7, nodes_left=0)


async def put(world: World, **changes: Any) -> Job:
    job = replace(await submit(world), started=AT, ended=AT, attempt=1, **changes)
    world.jobs.jobs[job.id] = job
    return job


async def read(client: Client, world: World, job: Job, caller: str = "user") -> tuple[int, Any]:
    answer = await client.get(f"{JOBS}/{job.id}/receipt", headers=world.as_(caller))
    return answer.status, await answer.json()


async def test_an_export_tells_its_archive_and_its_digests(client: Client, world: World) -> None:
    application = exported("MyApp", version="2.1.0", nodes=60, relationships=59)
    archive = ArchiveFacts(name="MyApp.zip", bytes=9, sha256="ab" * 32)
    job = await put(world, status=Status.CLOSED, archive=archive, summary=Summary(applications=(application,)))
    status, told = await read(client, world, job)
    assert status == 200
    assert {key: told[key] for key in ("format", "job", "kind", "outcome", "tenant", "created_by", "made_by")} == {
        "format": 1,
        "job": job.id,
        "kind": "export",
        "outcome": "closed",
        "tenant": "acme",
        "created_by": "user",
        "made_by": TOOL_VERSION,
    }
    assert (told["nodes"], told["relationships"], told["archive"]["sha256"]) == (60, 59, "ab" * 32)
    (graph,) = told["applications"]
    assert (graph["outcome"], graph["digest_before"], graph["digest_after"]) == (
        "exported",
        application.digest,
        application.digest,
    )
    assert told["left"] is None


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"summary": Summary(undone=UNDONE)}, "nothing"),
        ({"summary": Summary(undone=replace(UNDONE, nodes_left=1))}, "some"),
        ({}, "unknown"),
    ],
)
async def test_an_import_that_was_cancelled_tells_what_is_left(
    client: Client, world: World, changes: dict[str, Any], left: str
) -> None:
    cancel = Cancellation(reason="wrong", by="admin", at=AT)
    request = ImportRequest(database="source", archive_name="MyApp.zip")
    job = await put(world, kind=JobKind.IMPORT, request=request, status=Status.CANCELLED, cancel=cancel, **changes)
    _, told = await read(client, world, job)
    assert (told["left"], told["cancel"]["reason"]) == (left, "wrong")
    assert (told["undone"] or {}).get("nodes_removed") == (143_000 if changes else None)


async def test_one_that_never_began_has_left_nothing(client: Client, world: World) -> None:
    request = ImportRequest(database="source", archive_name="MyApp.zip")
    job = await put(world, kind=JobKind.IMPORT, request=request, status=Status.CANCELLED)
    world.jobs.jobs[job.id] = replace(job, started=None, attempt=0)
    assert (await read(client, world, job))[1]["left"] == "nothing"


async def test_it_is_there_once_the_job_has_ended_for_those_who_see_the_job(client: Client, world: World) -> None:
    job = await submit(world)
    status, told = await read(client, world, job)
    assert (status, told["code"]) == (409, "CONFLICT")
    job = await put(world, status=Status.CLOSED)
    assert (await read(client, world, job, "other"))[0] == 404
