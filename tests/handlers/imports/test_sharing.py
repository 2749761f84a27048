"""Applications that share nodes arrive one after the other, at once, and leave again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
import uuid_utils

from handlers.attempts.context import Context
from handlers.imports.waiting import GiveWay
from handlers.imports.writing import ImportWriting
from shared.concurrency.interruptions import JobCancelled
from shared.graph import GraphCounts
from shared.jobs.record import Job, JobKind, NewJob, Status, Surface
from shared.jobs.requests import ConflictAction, DeleteRequest, ImportRequest
from shared.jobs.summary_json import to_json
from shared.ports.jobs import WhenBusy
from tests.handlers.conftest import Bench
from tests.support.stacks.databases import SeededDatabase

KINDS = 6
OBJECTS = 20


async def seed(database: SeededDatabase, *names: str) -> None:
    """Make applications whose objects have types that all of them share."""
    await database.add_constraint("Type", "id")
    kinds = [await database.add_node(["Type", *names], {"id": number}) for number in range(KINDS)]
    for start, end in pairwise(kinds):
        await database.add_relationship(start, end, "EXTENDS", {"depth": 1})
    for name in names:
        await database.add_node(["Application"], {"Name": name})
        # In another order for each application, so that their imports meet the types in another order too.
        for number in range(OBJECTS):
            node = await database.add_node([name, "Object"], {"number": number, "of": name})
            await database.add_relationship(node, kinds[number % KINDS], "HAS_TYPE")


COUNTS = GraphCounts(nodes=KINDS + OBJECTS, relationships=KINDS - 1 + OBJECTS)


@pytest.fixture
async def archives(bench: Bench) -> tuple[str, str]:
    """Give an archive of each of two applications, and leave the database without either."""
    await seed(bench.left, "One", "Two")
    names = []
    for name in ("One", "Two"):
        job = await bench.mover.export(name, database="left")
        assert job.archive is not None
        names.append(job.archive.name)
    for name in ("One", "Two"):
        await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name=name))
    assert await bench.left.count_everything() == (0, 0)
    if bench.right is not bench.left:
        await bench.right.add_constraint("Type", "id")
    return names[0], names[1]


def shared_of(job: Job) -> Mapping[str, Any]:
    assert (job.status, job.failure) == (Status.CLOSED, None)
    found: Mapping[str, Any] = to_json(job.summary)["shared"]
    return found


async def delete(bench: Bench, name: str) -> None:
    job = await bench.mover.run(JobKind.DELETE, DeleteRequest(database="right", name=name))
    assert (job.status, job.failure) == (Status.CLOSED, None)


async def test_they_share_again_where_they_arrive(bench: Bench, archives: tuple[str, str]) -> None:
    first, second = [await bench.mover.import_archive(each, database="right") for each in archives]
    assert shared_of(first) == {"joined": 0, "differing": 0, "listed": []}
    assert shared_of(second) == {"joined": KINDS, "differing": 0, "listed": []}
    assert [await bench.right.source.count(name) for name in ("One", "Two")] == [COUNTS, COUNTS]
    assert await bench.right.count_everything() == (KINDS + 2 * OBJECTS + 2, KINDS - 1 + 2 * OBJECTS)

    digest = to_json(second.summary)["applications"][0]["digest"]
    again = await bench.mover.export("Two", database="right")
    assert to_json(again.summary)["applications"][0]["digest"] == digest

    await delete(bench, "One")
    assert await bench.right.source.count("Two") == COUNTS
    await delete(bench, "Two")
    assert await bench.right.count_everything() == (0, 0)


async def test_both_in_one_archive_share_too(bench: Bench) -> None:
    await seed(bench.left, "One", "Two")
    await bench.mover.export("One", "Two", database="left")
    before = await bench.left.count_everything()
    job = await bench.mover.import_archive("out.zip", database="left", on_conflict=ConflictAction.OVERWRITE)
    assert shared_of(job)["differing"] == 0
    assert [await bench.left.source.count(name) for name in ("One", "Two")] == [COUNTS, COUNTS]
    assert await bench.left.count_everything() == before


async def test_differences_are_listed_and_the_target_keeps_its_own(bench: Bench, archives: tuple[str, str]) -> None:
    await bench.right.add_node(["Type"], {"id": 3, "note": "theirs"})
    job = await bench.mover.import_archive(archives[0], database="right")
    shared = shared_of(job)
    assert (shared["joined"], shared["differing"]) == (1, 1)
    assert shared["listed"][0]["target"]["note"] == {"type": "s", "text": "theirs"}
    assert shared["listed"][0]["archive"] == {"id": {"type": "i", "text": "3"}}


async def test_differences_may_fail_the_import(bench: Bench, archives: tuple[str, str]) -> None:
    await bench.right.add_node(["Type"], {"id": 3, "note": "theirs"})
    before = await bench.right.count_everything()
    request = ImportRequest(database="right", archive_name=archives[0], fail_on_difference=True)
    job = await bench.mover.run(JobKind.IMPORT, request)
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "NODE_DIFFERS")
    assert await bench.right.count_everything() == before


async def submit(bench: Bench, archive: str, tenant: str) -> Job:
    """Submit an import of a tenant of its own, so that two can run at once."""
    request = ImportRequest(database="right", archive_name=archive, batch_size=3)
    new = NewJob(
        id=str(uuid_utils.uuid7()),
        tenant=tenant,
        kind=JobKind.IMPORT,
        surface=Surface.NATIVE,
        database="right",
        created_by="somebody",
        request=request,
        deadline_seconds=60,
    )
    folder = bench.mover.folder.parent / tenant
    folder.mkdir(exist_ok=True)
    (folder / archive).write_bytes((bench.mover.folder / archive).read_bytes())
    return await bench.mover.jobs.submit(new, when_busy=WhenBusy.QUEUE)


async def test_imports_at_once_share_what_the_first_brings(bench: Bench, archives: tuple[str, str]) -> None:
    jobs = [await submit(bench, archive, f"tenant-{at}") for at, archive in enumerate(archives)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(bench.mover.dispatch(job) for job in jobs))
    ended = [await bench.mover.jobs.get(job.id) for job in jobs]
    assert sum(shared_of(job)["joined"] for job in ended) == KINDS
    assert [await bench.right.source.count(name) for name in ("One", "Two")] == [COUNTS, COUNTS]
    assert await bench.right.count_everything() == (KINDS + 2 * OBJECTS + 2, KINDS - 1 + 2 * OBJECTS)


async def test_one_of_two_is_cancelled_and_the_other_deleted_later(
    bench: Bench, archives: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [await submit(bench, archive, f"tenant-{at}") for at, archive in enumerate(archives)]
    passing = Context.pass_point_of_no_return

    async def cancel_first(context: Context) -> None:
        if context.job.id == jobs[0].id:
            raise JobCancelled
        await passing(context)

    monkeypatch.setattr(Context, "pass_point_of_no_return", cancel_first)
    async with asyncio.timeout(60):
        await asyncio.gather(*(bench.mover.dispatch(job) for job in jobs))
    ended = [await bench.mover.jobs.get(job.id) for job in jobs]
    assert [job.status for job in ended] == [Status.CANCELLED, Status.CLOSED]
    assert await bench.right.source.count("Two") == COUNTS
    assert await bench.right.count_everything() == (KINDS + OBJECTS + 1, COUNTS.relationships)

    await delete(bench, "Two")
    assert await bench.right.count_everything() == (0, 0)


async def test_an_import_that_gives_way_begins_again(
    bench: Bench, archives: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = ImportWriting.write, []

    async def give_way_once(self: ImportWriting, *arguments: Any) -> None:
        await write(self, *arguments)
        calls.append(await bench.right.count_everything())
        if len(calls) == 1:
            raise GiveWay("a job that has ended")

    monkeypatch.setattr(ImportWriting, "write", give_way_once)
    job = await bench.mover.import_archive(archives[0], database="right")
    assert shared_of(job)["joined"] == 0
    assert len(calls) == 2
    assert calls[0] == calls[1]
    assert await bench.right.source.count("One") == COUNTS
