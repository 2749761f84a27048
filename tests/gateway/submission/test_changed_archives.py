"""An import takes the very archive that it was submitted for, or none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from handlers.attempts.context import Context
from shared.archive_names import name_for_upload
from shared.concurrency.interruptions import ShutdownRequested
from shared.jobs.record import Job, Phase, Progress, Status
from shared.ports.jobs import WhenBusy
from tests.gateway.conftest import Client, World, accepted_job
from tests.gateway.dialects.spark.conftest import Spark, read
from tests.support.archives.small import make_archive
from tests.support.job_stores import make_cancellation, make_job

NATIVE = "/api/v1/imports"
BODY = {"database": "target", "archive": "a.zip"}
ARCHIVE, OTHER = make_archive("Wanted"), make_archive("Smuggled")

Change = Callable[[World, str], Awaitable[None]]


@pytest.fixture(autouse=True)
def archive(world: World) -> None:
    world.archives.put("acme", "a.zip", ARCHIVE)


async def put_other(world: World, name: str) -> None:
    world.archives.put("acme", name, OTHER)


async def put_same_again(world: World, name: str) -> None:
    world.archives.put("acme", name, ARCHIVE)


async def write_into(world: World, name: str) -> None:
    """Change a byte of the file that is there."""
    async with world.archives.open_local("acme", name) as path:
        with path.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"x")


async def give_older_content(world: World, name: str) -> None:
    """Let a file of the same size and the same time take the name."""
    async with world.archives.open_local("acme", name) as path:
        facts = path.stat()
    world.archives.put("acme", name, ARCHIVE)
    async with world.archives.open_local("acme", name) as path:
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


async def read_it(world: World, name: str) -> None:
    async with world.archives.open_local("acme", name) as path:
        path.read_bytes()


async def give_another_name(world: World, name: str) -> None:
    """Do what somebody does who keeps a copy, and an export that drops its proof."""
    async with world.archives.open_local("acme", name) as path:
        more = path.with_name("more")
        os.link(path, more)
        more.unlink()


CHANGES = [put_other, put_same_again, write_into, give_older_content]


def require_refused(world: World, job: Job) -> None:
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "ARCHIVE_CHANGED")
    assert "submit the import again" in job.failure.message
    data = world.databases["target"]
    assert (data.nodes, data.journals) == ({}, {})


async def end_of(world: World, job: Job) -> Job:
    await world.work()
    return await world.jobs.get(job.id)


async def submit(client: Client, world: World, **more: object) -> Job:
    """Submit an import, and let the clock of files tick: it does so every few milliseconds."""
    job = await accepted_job(client, world, NATIVE, {**BODY, **more}, "importer")
    await asyncio.sleep(0.02)
    return job


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_an_archive_that_changed_before_the_claim_is_refused(
    client: Client, world: World, change: Change, dry_run: bool
) -> None:
    job = await submit(client, world, dry_run=dry_run)
    await change(world, "a.zip")
    require_refused(world, await end_of(world, job))


async def test_the_imaging_surface_refuses_it_too(client: Client, world: World) -> None:
    body = {"import_app": "a.zip", "database": "target"}
    answer = await client.post("/imaging/etl/api/app/import", json=body, headers=world.as_("importer"))
    job = await world.jobs.get((await answer.json())["success"]["uuid"])
    await put_other(world, "a.zip")
    require_refused(world, await end_of(world, job))


async def test_an_archive_that_came_with_the_request_is_held_to_it_too(client: Client, world: World) -> None:
    spark = Spark(client=client, world=world)
    rows = [{"service_uri_source": "source/Wanted", "service_uri_destination": "target/Wanted"}]
    await read(await spark.import_({"inputs": {"services_modify": rows}}, ARCHIVE))
    job = spark.only_job()
    await put_other(world, name_for_upload(job.id))
    require_refused(world, await end_of(world, job))


async def test_an_archive_that_came_with_the_request_is_imported_as_it_came(client: Client, world: World) -> None:
    spark = Spark(client=client, world=world)
    rows = [{"service_uri_source": "source/Wanted", "service_uri_destination": "target/Wanted"}]
    ended = await spark.import_whole({"inputs": {"services_modify": rows}}, ARCHIVE)
    assert ended["status"] == "closed", ended


async def test_one_that_waited_long_is_refused_when_its_turn_comes(client: Client, world: World) -> None:
    holder = await world.jobs.submit(make_job(), when_busy=WhenBusy.QUEUE)
    job = await submit(client, world)
    assert job.attempt == 0
    await put_other(world, "a.zip")
    await world.jobs.request_cancel(holder.id, make_cancellation())
    require_refused(world, await end_of(world, job))


async def test_a_second_worker_takes_no_other_archive_and_undoes_what_the_first_wrote(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance, stopped = Context.advance, list[bool]()

    async def stop_once(self: Context, progress: Progress) -> None:
        if progress.phase is Phase.VERIFYING and not stopped:
            stopped.append(bool(world.databases["target"].nodes))
            await put_other(world, "a.zip")
            raise ShutdownRequested
        await advance(self, progress)

    monkeypatch.setattr(Context, "advance", stop_once)
    job = await end_of(world, await submit(client, world))
    assert (stopped, job.attempt) == ([True], 2)
    require_refused(world, job)


@pytest.mark.parametrize("change", [give_another_name, read_it])
async def test_what_leaves_the_archive_as_it_is_changes_nothing(client: Client, world: World, change: Change) -> None:
    job = await submit(client, world)
    await change(world, "a.zip")
    ended = await end_of(world, job)
    assert ended.status is Status.CLOSED, ended.failure


async def test_a_deleted_archive_is_unknown_as_ever(client: Client, world: World) -> None:
    job = await submit(client, world)
    await world.archives.delete("acme", "a.zip")
    ended = await end_of(world, job)
    assert ended.failure is not None
    assert ended.failure.code == "ARCHIVE_UNKNOWN"


async def test_a_retry_takes_the_archive_as_it_is_then(client: Client, world: World) -> None:
    job = await submit(client, world)
    await put_other(world, "a.zip")
    require_refused(world, await end_of(world, job))
    again = await accepted_job(client, world, f"/api/v1/jobs/{job.id}/retry", None, "importer")
    ended = await end_of(world, again)
    assert ended.status is Status.CLOSED, ended.failure


async def test_a_record_of_before_takes_any_archive(client: Client, world: World) -> None:
    job = await submit(client, world)
    world.jobs.jobs[job.id] = replace(job, archive_identity=None)
    await put_other(world, "a.zip")
    assert (await end_of(world, job)).status is Status.CLOSED
