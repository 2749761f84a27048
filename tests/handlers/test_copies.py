"""Applications go from one database to another in one job."""

from __future__ import annotations

import os

import pytest

from handlers.exports.reading import ExportReading
from shared.archive_names import name_for_spool
from shared.concurrency.interruptions import DeadlineReached, Interruption, JobCancelled, ShutdownRequested
from shared.errors import UnknownApplicationError
from shared.graph import GraphCounts
from shared.jobs.record import Job, Phase, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction
from shared.jobs.summary_json import to_json
from tests.handlers.cleanup.test_proofs import Died, take_over
from tests.handlers.conftest import Bench
from tests.handlers.imports.test_cancels import FUNCTIONS, PHASES, interrupt_at
from tests.handlers.test_moves import applications_of, seed

AS_COPY = ApplicationChoice(source_name="App", name="Copy")


def files_of(bench: Bench) -> list[str]:
    """List all that is in the tenant's folder, parts and spools too."""
    folder = bench.mover.folder
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def digest_of(bench: Bench, name: str, database: str) -> object:
    exported = await bench.mover.export(name, database=database)
    assert exported.archive is not None, exported.failure
    await bench.mover.archives.delete("acme", exported.archive.name)
    return applications_of(exported)[0]["digest"]


@pytest.mark.parametrize("batch_size", [1, 1000])
async def test_a_copy_is_equal_and_leaves_no_archive(bench: Bench, batch_size: int) -> None:
    await seed(bench.left)

    job = await bench.mover.copy(AS_COPY, batch_size=batch_size)

    assert (job.status, job.failure, job.archive) == (Status.CLOSED, None, None)
    (told,) = applications_of(job)
    assert (told["source_name"], told["name"], told["status"]) == ("App", "Copy", "added")
    assert to_json(job.summary)["from_database"] == "left"
    assert await bench.right.source.count("Copy") == GraphCounts(nodes=5, relationships=8)
    assert await digest_of(bench, "Copy", "right") == await digest_of(bench, "App", "left") == told["digest"]
    assert files_of(bench) == []
    assert await bench.right.target.list_imports() == []


async def test_a_worker_that_dies_before_the_part_of_its_spool_is_gone_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: object, descriptor: int) -> None:
        os.close(descriptor)
        raise Died

    await seed(bench.left)
    with monkeypatch.context() as patch:
        patch.setattr("shared.adapters.folders.archives._end_part", die)
        with pytest.raises(Died):
            await bench.mover.copy(AS_COPY)
    assert len(files_of(bench)) == 2
    (job,) = bench.mover.jobs.jobs.values()

    await take_over(bench, job)

    assert (await bench.mover.jobs.get(job.id)).status is Status.CLOSED
    assert files_of(bench) == []


async def test_several_versions_go_together(bench: Bench) -> None:
    await seed(bench.left)
    await seed(bench.left, "Other", functions=1)
    job = await bench.mover.copy(
        ApplicationChoice(source_name="App", source_version="2.1.0", name="Copy"),
        ApplicationChoice(source_name="Other", name="Second"),
    )
    assert [(each["name"], each["version"]) for each in applications_of(job)] == [
        ("Copy", "2.1.0"),
        ("Second", "2.1.0"),
    ]


@pytest.mark.parametrize(
    ("choice", "status", "name", "version"),
    [
        (
            ApplicationChoice(source_name="App", name="Copy", on_conflict=ConflictAction.SKIP),
            "skipped",
            "Copy",
            "2.1.0",
        ),
        (
            ApplicationChoice(source_name="App", name="Copy", on_conflict=ConflictAction.OVERWRITE),
            "replaced",
            "Copy",
            "2.1.0",
        ),
        (
            ApplicationChoice(source_name="App", name="Copy", on_conflict=ConflictAction.ADD_VERSION),
            "version_added",
            "Copy",
            "2.2.0",
        ),
        (
            ApplicationChoice(source_name="App", name="Copy", on_conflict=ConflictAction.RENAME, suffix="new"),
            "added",
            "Copy_new",
            "2.1.0",
        ),
    ],
    ids=lambda each: each.on_conflict.value if isinstance(each, ApplicationChoice) else "",
)
async def test_each_way_with_a_name_that_is_taken(
    bench: Bench, choice: ApplicationChoice, status: str, name: str, version: str
) -> None:
    await seed(bench.left)
    assert (await bench.mover.copy(AS_COPY)).status is Status.CLOSED

    refused = await bench.mover.copy(AS_COPY)
    assert refused.failure is not None
    assert refused.failure.code == "APPLICATION_EXISTS"

    job = await bench.mover.copy(choice)
    assert job.status is Status.CLOSED, job.failure
    (told,) = applications_of(job)
    assert (told["status"], told["name"], told["version"]) == (status, name, version)
    entry = await bench.right.source.get_application(name, version)
    assert await bench.right.source.count(entry.label) == GraphCounts(nodes=5, relationships=8)
    assert files_of(bench) == []


async def test_a_dry_run_changes_nothing(bench: Bench) -> None:
    await seed(bench.left)
    before = await bench.right.count_everything()

    job = await bench.mover.copy(AS_COPY, dry_run=True)

    assert (job.status, to_json(job.summary)["dry_run"]) == (Status.CLOSED, True)
    assert applications_of(job)[0]["status"] == "added"
    assert await bench.right.count_everything() == before
    assert files_of(bench) == []


async def test_secured_properties_stay_behind(bench: Bench) -> None:
    await bench.left.add_node(["App"], {"name": "a", "db_password": "hunter2"})
    job = await bench.mover.copy(AS_COPY, strip_secured=True)
    assert job.status is Status.CLOSED, job.failure
    found = [rows async for rows in bench.right.source.read_nodes("Copy", batch_size=10)]
    assert [dict(row[2]) for rows in found for row in rows] == [{"name": "a"}]


async def test_what_is_not_there_fails_the_copy(bench: Bench) -> None:
    job = await bench.mover.copy(AS_COPY)
    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, UnknownApplicationError.code)
    assert files_of(bench) == []


async def hand_off_at(bench: Bench, phase: Phase, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Begin a copy whose worker is told to stop in this phase; the next attempt waits."""
    with monkeypatch.context() as patch:
        interrupt_at(phase, patch, ShutdownRequested)
        job = await bench.mover.copy(AS_COPY, batch_size=5)
    assert (job.status, job.attempt) == (Status.IN_PROGRESS, 2)
    return job


@pytest.mark.parametrize("phase", [Phase.CHECKING, Phase.NODES, Phase.VERIFYING])
async def test_what_is_read_is_not_read_again(bench: Bench, monkeypatch: pytest.MonkeyPatch, phase: Phase) -> None:
    await seed(bench.left, functions=FUNCTIONS)
    job = await hand_off_at(bench, phase, monkeypatch)
    assert files_of(bench) == [name_for_spool(job.id)]

    async def refuse(*_: object) -> None:
        raise AssertionError("read again")

    with monkeypatch.context() as patch:
        patch.setattr(ExportReading, "write", refuse)
        await bench.mover.dispatch(job)

    job = await bench.mover.jobs.get(job.id)
    assert job.status is Status.CLOSED, job.failure
    assert await digest_of(bench, "Copy", "right") == await digest_of(bench, "App", "left")
    assert files_of(bench) == []


@pytest.mark.parametrize("phase", [Phase.READING, Phase.NODES])
async def test_what_is_lost_is_read_again(bench: Bench, monkeypatch: pytest.MonkeyPatch, phase: Phase) -> None:
    await seed(bench.left, functions=FUNCTIONS)
    job = await hand_off_at(bench, phase, monkeypatch)
    if phase is Phase.NODES:
        await bench.mover.archives.delete("acme", name_for_spool(job.id))
    await seed(bench.left, "Other", functions=1)  # what is read now may stand in another order

    await bench.mover.dispatch(job)

    assert (await bench.mover.jobs.get(job.id)).status is Status.CLOSED
    assert await digest_of(bench, "Copy", "right") == await digest_of(bench, "App", "left")
    assert files_of(bench) == []


@pytest.mark.parametrize(
    ("phase", "signal", "status"),
    [
        *((phase, JobCancelled, Status.CANCELLED) for phase in (Phase.READING, *PHASES)),
        *((phase, DeadlineReached, Status.CLOSED_BY_TIMEOUT) for phase in (Phase.READING, Phase.NODES)),
    ],
)
async def test_nothing_is_left(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, phase: Phase, signal: type[Interruption], status: Status
) -> None:
    await seed(bench.left, functions=FUNCTIONS)
    before = await bench.right.count_everything()
    interrupt_at(phase, monkeypatch, signal)

    job = await bench.mover.copy(AS_COPY, batch_size=5)

    assert (job.status, job.failure) == (status, None)
    undone = to_json(job.summary)["undone"]
    assert undone["nodes_left"] == 0
    if phase in PHASES[1:]:
        removed = (undone["nodes_removed"], undone["relationships_removed"])
        assert (job.progress.nodes_done, job.progress.relationships_done) == removed
    assert await bench.right.count_everything() == before
    assert files_of(bench) == []
