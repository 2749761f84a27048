"""Jobs are listed, shown, cancelled and their logs read by those who may see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import uuid_utils

from shared.jobs.record import Failure, Job, JobKind, NewJob, Phase, Progress, Status, Surface
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.jobs.summaries import ArchiveFacts, Summary
from shared.logs import log_path
from shared.ports.jobs import WhenBusy
from tests.gateway.conftest import Client, World
from tests.support.summaries import read_recorded, record_of

JOBS = "/api/v1/jobs"


async def submit(world: World, user: str = "user", tenant: str = "acme") -> Job:
    request = ExportRequest(
        database="source", applications=(ApplicationReference(name="MyApp"),), archive_name="MyApp.zip"
    )
    new = NewJob(
        id=str(uuid_utils.uuid7()),
        tenant=tenant,
        kind=JobKind.EXPORT,
        surface=Surface.IMAGING,
        database="source",
        created_by=user,
        request=request,
        deadline_seconds=60,
    )
    return await world.jobs.submit(new, when_busy=WhenBusy.QUEUE)


async def ids_seen(client: Client, world: World, caller: str, query: str = "") -> list[str]:
    response = await client.get(f"{JOBS}{query}", headers=world.as_(caller))
    assert response.status == 200
    return [job["id"] for job in (await response.json())["jobs"]]


async def test_a_job_is_shown_whole(client: Client, world: World) -> None:
    job = await submit(world)
    at = datetime(2026, 1, 2, 3, 4, 5, 678999, UTC)
    world.jobs.jobs[job.id] = replace(
        job,
        status=Status.FAILED,
        attempt=2,
        crashes=1,
        progress=Progress(phase=Phase.ENDED, nodes_done=3, nodes_total=4, bytes_done=5),
        archive=ArchiveFacts(name="a.zip", bytes=6, sha256="ab"),
        summary=Summary(warnings=("one",), unknown={"applications": [1]}),
        failure=Failure(code="X", message="why", details=("d",)),
        source_system="ci",
        correlation_id="c",
        created=at,
        started=at,
        updated=at,
        ended=at,
    )
    response = await client.get(f"{JOBS}/{job.id}", headers=world.as_("user"))
    time = "2026-01-02T03:04:05.678Z"
    assert await response.json() == {
        "id": job.id,
        "kind": "export",
        "surface": "imaging",
        "status": "failed",
        "phase": "ended",
        "progress": {
            "nodes_done": 3,
            "nodes_total": 4,
            "relationships_done": 0,
            "relationships_total": None,
            "bytes_done": 5,
        },
        "archive": {"name": "a.zip", "bytes": 6, "sha256": "ab"},
        "summary": {"warnings": ["one"], "applications": [1]},
        "failure": {"code": "X", "message": "why", "details": ["d"]},
        "created": time,
        "started": time,
        "updated": time,
        "ended": time,
        "attempt": 2,
        "crashes": 1,
        "database": "source",
        "created_by": "user",
        "request": {
            "database": "source",
            "applications": [{"name": "MyApp", "version": None, "database": None}],
            "archive_name": "MyApp.zip",
            "file_name": None,
            "batch_size": 1000,
            "strip_secured": False,
            "file_filter": "migrate",
            "max_bytes": None,
        },
        "retry_of": None,
        "depends_on": [],
        "cancel": None,
        "source_system": "ci",
        "correlation_id": "c",
        "log": f"{job.id}.jsonl",
        "queue": None,
    }


@pytest.mark.parametrize("name", ["export", "added", "replaced", "dry_run", "deletion", "copy", "cancelled_import"])
async def test_a_summary_is_shown_as_ever(client: Client, world: World, name: str) -> None:
    job = await submit(world)
    world.jobs.jobs[job.id] = replace(job, summary=record_of(name).summary)
    response = await client.get(f"{JOBS}/{job.id}", headers=world.as_("user"))
    expected = orjson.dumps(read_recorded(f"records/{name}"))
    assert b'"summary":' + expected + b',"failure":' in await response.read()


async def test_users_see_their_own_supervisors_and_administrators_all(client: Client, world: World) -> None:
    mine, others = await submit(world, "user"), await submit(world, "other")
    assert await ids_seen(client, world, "user") == [mine.id]
    assert await ids_seen(client, world, "other") == [others.id]
    assert await ids_seen(client, world, "supervisor") == [others.id, mine.id]
    assert await ids_seen(client, world, "admin") == [others.id, mine.id]
    assert await ids_seen(client, world, "stranger") == []
    assert await ids_seen(client, world, "user", "?created_by=other") == [mine.id]


async def test_a_waiting_job_tells_where_it_stands(client: Client, world: World) -> None:
    running, first, second = await submit(world, "other"), await submit(world), await submit(world)

    async def ask(job: Job, caller: str) -> Any:
        return (await (await client.get(f"{JOBS}/{job.id}", headers=world.as_(caller))).json())["queue"]

    assert await ask(running, "admin") is None
    assert await ask(first, "admin") == {"place": 1, "running": running.id}
    assert await ask(second, "admin") == {"place": 2, "running": running.id}
    assert await ask(second, "user") == {"place": 2, "running": None}, "another's job is nobody else's business"


@pytest.mark.parametrize("caller", ["other", "importer", "stranger"])
async def test_a_job_not_to_be_seen_is_unknown_on_every_verb(client: Client, world: World, caller: str) -> None:
    job = await submit(world, "user")
    headers, cancel = world.as_(caller), {"status": "cancelled"}
    answers = [
        await client.get(f"{JOBS}/{job.id}", headers=headers),
        await client.head(f"{JOBS}/{job.id}", headers=headers),
        await client.get(f"{JOBS}/{job.id}/log", headers=headers),
        await client.patch(f"{JOBS}/{job.id}", headers=headers, json=cancel),
        await client.patch(f"{JOBS}/{job.id}", headers=headers, json={}),
    ]
    assert [answer.status for answer in answers] == [404] * 5
    assert (await answers[0].json())["code"] == "JOB_UNKNOWN"
    assert (await world.jobs.get(job.id)).cancel is None


@pytest.mark.parametrize("job_id", ["x", "123", "%00", "{}", "0" * 32, "..%2f.."])
async def test_what_is_no_job_id_is_refused(client: Client, world: World, job_id: str) -> None:
    response = await client.get(f"{JOBS}/{job_id}", headers=world.as_("admin"))
    assert response.status in {400, 404}
    assert (await response.json())["code"] in {"INVALID_JOB_ID", "NOT_FOUND"}


async def test_a_listing_is_filtered_and_paged(client: Client, world: World) -> None:
    jobs = [await submit(world) for _ in range(5)]
    world.jobs.jobs[jobs[0].id] = replace(jobs[0], status=Status.CLOSED)
    world.jobs.jobs[jobs[1].id] = replace(jobs[1], status=Status.FAILED)
    ended = [jobs[1].id, jobs[0].id]
    assert await ids_seen(client, world, "user", "?status=closed,failed") == ended
    assert await ids_seen(client, world, "user", "?status=closed&status=failed") == ended
    assert await ids_seen(client, world, "user", "?kind=import") == []
    seen: list[str] = []
    cursor = ""
    while True:
        response = await client.get(f"{JOBS}?limit=2{cursor}", headers=world.as_("user"))
        page = await response.json()
        seen += [job["id"] for job in page["jobs"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [job.id for job in reversed(jobs)]


async def test_a_listing_is_filtered_by_what_jobs_are_about(client: Client, world: World) -> None:
    jobs = [await submit(world) for _ in range(2)]
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    world.jobs.jobs[jobs[0].id] = replace(jobs[0], created=at)
    both = [jobs[1].id, jobs[0].id]
    assert await ids_seen(client, world, "user", "?database=source&application=MyApp") == both
    assert await ids_seen(client, world, "user", "?database=target") == []
    assert await ids_seen(client, world, "user", "?application=Other") == []
    assert await ids_seen(client, world, "user", "?created_before=2026-01-02T03:04:06Z") == [jobs[0].id]
    assert await ids_seen(client, world, "user", "?created_after=2026-01-02T04:04:05%2B01:00") == both
    assert await ids_seen(client, world, "user", "?created_after=2026-01-02T03:04:05.001Z") == [jobs[1].id]


@pytest.mark.parametrize(
    "query",
    [
        "created_after=yesterday",
        "created_before=2026-01-02T03:04:05",
        "status=done",
        "limit=0",
        "limit=501",
        "limit=x",
        "colour=red",
        "cursor=nonsense",
    ],
)
async def test_a_wrong_query_is_refused(client: Client, world: World, query: str) -> None:
    response = await client.get(f"{JOBS}?{query}", headers=world.as_("admin"))
    assert response.status == 400
    assert query.partition("=")[0] in (await response.json())["detail"].lower()


async def test_a_job_is_cancelled_by_its_owner(client: Client, world: World) -> None:
    job = await submit(world)
    body = {"status": "cancelled", "reason": "wrong one"}
    response = await client.patch(f"{JOBS}/{job.id}", headers=world.as_("user"), json=body)
    shown = await response.json()
    assert response.status == 200
    assert shown["status"] == "cancelled"
    assert {**shown["cancel"], "at": None} == {"reason": "wrong one", "by": "user", "at": None}
    again = await client.patch(f"{JOBS}/{job.id}", headers=world.as_("user"), json=body)
    assert again.status == 200
    assert await again.json() == shown


@pytest.mark.parametrize("caller", ["supervisor", "admin"])
async def test_a_job_is_cancelled_by_those_who_see_all(client: Client, world: World, caller: str) -> None:
    job = await submit(world)
    response = await client.patch(f"{JOBS}/{job.id}", headers=world.as_(caller), json={"status": "cancelled"})
    assert (await response.json())["cancel"]["by"] == caller


async def test_an_ended_job_is_not_cancelled(client: Client, world: World) -> None:
    job = await submit(world)
    world.jobs.jobs[job.id] = replace(job, status=Status.CLOSED)
    response = await client.patch(f"{JOBS}/{job.id}", headers=world.as_("user"), json={"status": "cancelled"})
    assert response.status == 409
    assert (await response.json())["code"] == "JOB_NOT_CANCELLABLE"


@pytest.mark.parametrize(
    "body", [{}, {"status": "closed"}, {"status": "cancelled", "reason": 1}, {"status": "x", "y": 1}]
)
async def test_a_wrong_cancel_is_refused(client: Client, world: World, body: dict[str, Any]) -> None:
    job = await submit(world)
    response = await client.patch(f"{JOBS}/{job.id}", headers=world.as_("user"), json=body)
    assert response.status == 400


async def test_a_log_is_empty_then_what_was_written(client: Client, world: World) -> None:
    job = await submit(world)
    response = await client.get(f"{JOBS}/{job.id}/log", headers=world.as_("user"))
    assert (response.status, response.content_type, await response.read()) == (200, "application/x-ndjson", b"")
    path = log_path(world.settings, "acme", job.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"event":"a"}\n')
    response = await client.get(f"{JOBS}/{job.id}/log", headers=world.as_("user"))
    assert (response.content_type, await response.read()) == ("application/x-ndjson", b'{"event":"a"}\n')
    response = await client.get(f"{JOBS}/{job.id}/log", headers={**world.as_("user"), "Range": "bytes=2-"})
    assert (response.status, await response.read()) == (206, b'event":"a"}\n')


async def test_a_log_that_has_grown_is_another(client: Client, world: World) -> None:
    job = await submit(world)
    path = log_path(world.settings, "acme", job.id)
    path.parent.mkdir(parents=True)
    url, caller = f"{JOBS}/{job.id}/log", world.as_("user")
    empty = (await client.get(url, headers=caller)).headers["ETag"]
    assert (await client.get(url, headers={**caller, "If-None-Match": empty, "Range": "bytes=0-"})).status == 304
    path.write_bytes(b"1\n")
    assert (await client.get(url, headers={**caller, "If-Match": empty})).status == 412
    tag = (await client.get(url, headers=caller)).headers["ETag"]
    part = {**caller, "Range": "bytes=1-", "If-Range": tag}
    assert (await client.get(url, headers={**caller, "If-None-Match": tag})).status == 304
    assert (await client.get(url, headers=part)).status == 206
    with path.open("ab") as file:
        file.write(b"2\n")
    assert (await client.get(url, headers={**caller, "If-Match": tag})).status == 412
    answer = await client.get(url, headers=part)
    assert (answer.status, await answer.read()) == (200, b"1\n2\n")
