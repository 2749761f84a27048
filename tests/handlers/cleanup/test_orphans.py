"""Imports whose jobs are gone do not stay."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from typing_extensions import override

from handlers.attempts.endings import NOT_UNDONE
from handlers.cleanup.late_endings import UNDONE_LATE
from handlers.cleanup.orphans import make_clearing, make_orphan_sweeps
from shared.concurrency.loops import background
from shared.errors import DatabaseUnavailableError
from shared.graph import GraphCounts
from shared.identity import ApplicationName, Grant, ImportedApplication, Tenant
from shared.jobs.record import Failure, Job, JobKind, Status
from shared.jobs.requests import DeleteRequest
from shared.jobs.summaries import ImportedVersion, RemovedVersion
from shared.logs import log_path
from shared.ports.import_plans import JournalFacts, JournalPhase
from shared.resources import Resources
from tests.handlers.conftest import Bench
from tests.handlers.test_moves import seed
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.target import MemoryTarget
from tests.support.memory.jobs import MemoryJobStore
from tests.support.moves import TENANT
from tests.support.rounds import do_rounds
from tests.support.stacks.databases import SeededMemory, SeededNeo4j
from tests.support.workbench import make_resources, make_settings

COUNTS = GraphCounts(nodes=5, relationships=8)


async def sweep(bench: Bench, database: str = "right") -> None:
    resources = bench.mover.resources
    await make_clearing(resources, resources.targets[database]).sweep()


def read_log(bench: Bench, job: Job) -> list[dict[str, Any]]:
    path = log_path(bench.mover.resources.settings, job.tenant, job.id)
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


class Died(BaseException):
    """Ends a handler as a killed process ends: nothing is undone."""


async def abandon_import(bench: Bench, monkeypatch: pytest.MonkeyPatch, *, at: str) -> tuple[Job, tuple[int, int]]:
    """Let a worker die in an import; give the job, and what the database held before."""
    await seed(bench.left)
    await bench.mover.export("App", database="left")
    before = await bench.right.count_everything()

    async def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(at, die)
        with pytest.raises(Died):
            await bench.mover.import_archive("out.zip", database="right", import_as="Copy")
    (job,) = [each for each in bench.mover.jobs.jobs.values() if each.kind is JobKind.IMPORT]
    assert await bench.right.count_everything() != before
    return job, before


WRITING = "handlers.imports.writing.ImportWriting._write_relationships"
VERIFYING = "handlers.imports.writing.ImportWriting.verify"
SETTLING = "handlers.attempts.dispatch._settle"


def forget_jobs(bench: Bench) -> None:
    """Lose all records, as an emptied store does."""
    bench.mover.jobs.jobs.clear()
    bench.mover.jobs.slots.clear()


async def set_phase(bench: Bench, job: Job, phase: JournalPhase) -> None:
    if isinstance(bench.right, SeededMemory):
        bench.right.data.journals[job.id].phase = phase
        return
    assert isinstance(bench.right, SeededNeo4j)
    await bench.right.connection.run("MATCH (j:_FerryImport) SET j.phase = $phase", {"phase": phase.value})


@pytest.mark.parametrize("at", [WRITING, VERIFYING])
async def test_an_import_without_a_job_is_undone(bench: Bench, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    _, before = await abandon_import(bench, monkeypatch, at=at)
    begun = await bench.right.count_everything()
    await sweep(bench)
    assert await bench.right.count_everything() == begun, "the import of a living job was touched"
    forget_jobs(bench)
    await sweep(bench)
    assert await bench.right.count_everything() == before
    assert await bench.right.target.list_imports() == []


@pytest.mark.parametrize("phase", [JournalPhase.WRITING, JournalPhase.UNDOING])
async def test_an_import_of_an_ended_job_is_undone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, phase: JournalPhase
) -> None:
    job, before = await abandon_import(bench, monkeypatch, at=VERIFYING)
    await set_phase(bench, job, phase)
    bench.mover.jobs.jobs[job.id] = replace(job, status=Status.FAILED)
    await sweep(bench)
    assert await bench.right.count_everything() == before


async def test_an_import_past_its_publish_point_is_completed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    job, _ = await abandon_import(bench, monkeypatch, at=VERIFYING)
    await set_phase(bench, job, JournalPhase.PUBLISHING)
    forget_jobs(bench)
    await sweep(bench)
    assert await bench.right.source.count("Copy") == COUNTS
    assert (await bench.right.source.get_application("Copy")).catalogued
    assert await bench.right.target.list_imports() == []


FAILURE = Failure(code="TRANSFER_FAILED", message="refused", details=("kept", f"{NOT_UNDONE}still refused"))


async def test_the_record_of_a_job_that_the_sweep_completes_follows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = await abandon_import(bench, monkeypatch, at=VERIFYING)
    await set_phase(bench, job, JournalPhase.PUBLISHING)
    bench.mover.jobs.jobs[job.id] = replace(job, status=Status.FAILED, failure=FAILURE)
    await sweep(bench)
    assert (await bench.right.source.get_application("Copy")).catalogued
    now = await bench.mover.jobs.get(job.id)
    assert (now.status, now.failure) == (Status.CLOSED, None)
    late = "Closed late: this job had ended as failed: refused"
    assert now.summary.warnings == (late,)
    assert [each["status"] for each in read_log(bench, job) if each["event"] == late] == ["closed"]
    assert now.archive is not None
    assert (now.archive.name, [each.name for each in now.summary.applications_of(ImportedVersion)]) == (
        "out.zip",
        ["Copy"],
    )


async def test_a_deletion_told_as_failed_and_completed_by_the_sweep_is_told_as_closed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights on what is gone go, too."""
    await seed(bench.left)

    async def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("handlers.deletions.forget_if_gone", die)
        with pytest.raises(Died):
            await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name="App", version=None))
    (job,) = bench.mover.jobs.jobs.values()
    bench.mover.jobs.jobs[job.id] = replace(job, status=Status.FAILED, failure=FAILURE)
    identity = bench.mover.identity
    await identity.create_tenant(Tenant(name=TENANT, databases=("left",)))
    app = ApplicationName("left", "App")
    grant = Grant(tenant=TENANT, application=app, user="ann", granted_by="root", created=datetime.now(UTC))
    await identity.put_grant(grant, needs_user=False)
    await sweep(bench, "left")
    now = await bench.mover.jobs.get(job.id)
    assert (now.status, now.failure) == (Status.CLOSED, None)
    assert [each.name for each in now.summary.applications_of(RemovedVersion)] == ["App"]
    assert await identity.list_grants(TENANT) == []


async def test_a_record_says_that_what_could_not_be_undone_has_been_undone_since(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, before = await abandon_import(bench, monkeypatch, at=VERIFYING)
    bench.mover.jobs.jobs[job.id] = replace(job, status=Status.FAILED, failure=FAILURE)
    name, identity = ApplicationName("right", "Copy"), bench.mover.identity
    brought = ImportedApplication(
        application=name, tenant=TENANT, user="somebody", job_id=job.id, created=datetime.now(UTC)
    )
    await identity.note_imported([brought])
    await sweep(bench)
    assert [each.imported for each in await identity.read_standings(TENANT, "ann", [name])] == [None]
    assert await bench.right.count_everything() == before
    now = await bench.mover.jobs.get(job.id)
    assert now.failure is not None
    assert (now.status, now.failure.code, now.failure.details) == (
        Status.FAILED,
        "TRANSFER_FAILED",
        ("kept", UNDONE_LATE),
    )
    assert [each["status"] for each in read_log(bench, job) if each["event"] == UNDONE_LATE] == ["failed"]
    assert now.summary.undone is not None
    assert (now.summary.undone.nodes_removed, now.summary.undone.nodes_left) == (COUNTS.nodes, 0)


async def test_the_journal_of_a_closed_job_is_forgotten(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    job, _ = await abandon_import(bench, monkeypatch, at=SETTLING)
    assert bench.mover.jobs.jobs[job.id].status is Status.CLOSED
    assert len(await bench.right.target.list_imports()) == 1
    await sweep(bench)
    assert await bench.right.target.list_imports() == []
    assert await bench.right.source.count("Copy") == COUNTS


async def test_a_new_import_of_the_name_has_the_orphan_undone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _, before = await abandon_import(bench, monkeypatch, at=WRITING)
    forget_jobs(bench)
    job = await bench.mover.import_archive("out.zip", database="right", import_as="Copy")
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert await bench.right.source.count("Copy") == COUNTS
    assert await bench.right.target.list_imports() == []
    assert await bench.right.count_everything() == (before[0] + COUNTS.nodes + 1, before[1] + COUNTS.relationships)


async def test_a_new_import_does_not_touch_a_living_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, _ = await abandon_import(bench, monkeypatch, at=WRITING)
    begun = await bench.right.count_everything()
    bench.mover.jobs.slots.clear()
    job = await bench.mover.import_archive("out.zip", database="right", import_as="Copy")
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "IMPORT_IN_PROGRESS")
    assert holder.id in job.failure.message
    assert await bench.right.count_everything() == begun


async def test_several_may_sweep_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _, before = await abandon_import(bench, monkeypatch, at=WRITING)
    forget_jobs(bench)
    importing = asyncio.create_task(bench.mover.import_archive("out.zip", database="right", import_as="Copy"))
    await asyncio.gather(*(sweep(bench) for _ in range(3)))
    job = await importing
    assert (job.status, job.failure) == (Status.CLOSED, None)
    assert await bench.right.source.count("Copy") == COUNTS
    assert await bench.right.count_everything() == (before[0] + COUNTS.nodes + 1, before[1] + COUNTS.relationships)


class AwayTarget(MemoryTarget):
    """A database that is away at first, and counts how often it was asked."""

    asked = 0

    @override
    async def list_imports(self) -> Sequence[JournalFacts]:
        self.asked += 1
        raise DatabaseUnavailableError("away") if self.asked == 1 else RuntimeError("unforeseen")


def make_two_targets(tmp_path: Path) -> tuple[list[AwayTarget], Resources]:
    targets = [AwayTarget(MemoryDatabase(name=name)) for name in ("left", "right")]
    resources = make_resources(make_settings(tmp_path), MemoryJobStore())
    return targets, replace(resources, targets={each.database: each for each in targets})


async def test_a_database_that_is_away_does_not_end_the_sweep(tmp_path: Path) -> None:
    targets, resources = make_two_targets(tmp_path)
    async with background(*make_orphan_sweeps(resources, seconds=0.02)), asyncio.timeout(20):
        while not all(each.asked > 2 for each in targets):  # noqa: ASYNC110 - a target tells nobody
            await asyncio.sleep(0.01)


async def test_every_error_is_told_with_its_database(tmp_path: Path) -> None:
    targets, resources = make_two_targets(tmp_path)
    for loop, target in zip(make_orphan_sweeps(resources), targets, strict=True):
        rounds = await do_rounds(loop, 3)
        assert target.asked == 3
        assert rounds.counted == ["orphans"] * 3
        assert [(line["event"], line["database"]) for line in rounds.logged] == [("not swept", target.database)] * 3
        assert [line["log_level"] for line in rounds.logged] == ["warning", "error", "error"]
        assert rounds.logged[0]["reason"] == "away"
        assert all(15.0 <= pause <= 45.0 for pause in rounds.pauses)
