"""It is noted who brought an application, for as long as it is there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from handlers.attempts import endings
from handlers.attempts.context import Context
from handlers.imports import staging
from shared.errors import ConflictError, DatabaseUnavailableError, UnknownApplicationError
from shared.identity import EVERYONE, ApplicationName, Grant, ImportedApplication, Tenant
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ApplicationChoice, ConflictAction, DeleteRequest
from shared.jobs.summary_json import from_json, to_json
from tests.handlers.conftest import Bench, make_bench
from tests.handlers.test_moves import seed
from tests.support.keys import CREATED
from tests.support.stacks.databases import SeededMemory
from tests.support.summaries import imported

APP = ApplicationName("right", "App")
GRANT = Grant(tenant="acme", application=APP, user=EVERYONE, granted_by="boss", created=CREATED)


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    made = make_bench(tmp_path, SeededMemory("left"), SeededMemory("right"))
    await seed(made.left)
    await made.mover.export("App", database="left")
    return made


async def bring(bench: Bench, **options: Any) -> Job:
    job = await bench.mover.import_archive("out.zip", database="right", **options)
    assert job.status is Status.CLOSED, job.failure
    return job


async def find(bench: Bench, name: ApplicationName = APP) -> ImportedApplication | None:
    (standing,) = await bench.mover.identity.read_standings("acme", "somebody", [name])
    return standing.imported


async def grant(bench: Bench) -> None:
    with suppress(ConflictError):
        await bench.mover.identity.create_tenant(Tenant(name="acme", databases=("right",)))
    await bench.mover.identity.put_grant(GRANT)


async def delete(bench: Bench, version: str | None = None) -> None:
    request = DeleteRequest(database="right", name="App", version=version)
    assert (await bench.mover.run(JobKind.DELETE, request)).status is Status.CLOSED


@pytest.mark.parametrize(
    "told", [{"name": "App", "more": 1}, {**to_json(imported("App")), "status": "merged"}, None], ids=str
)
async def test_an_import_that_cannot_be_noted_is_not_published(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, told: dict[str, Any] | None
) -> None:
    """As if a worker of another version had begun it."""
    foreign = from_json({} if told is None else {"applications": [told]})
    monkeypatch.setattr(staging, "summarise", lambda *_: foreign)
    job = await bench.mover.import_archive("out.zip", database="right")
    assert (job.status, job.failure and job.failure.code) == (Status.FAILED, "TRANSFER_FAILED")
    assert await find(bench) is None
    with pytest.raises(UnknownApplicationError):
        await bench.right.source.get_application("App")


async def test_an_import_is_noted_with_its_job(bench: Bench) -> None:
    job = await bring(bench)
    noted = await find(bench)
    assert noted is not None
    assert (noted.application, noted.tenant, noted.user, noted.job_id) == (APP, "acme", "somebody", job.id)
    assert await find(bench, ApplicationName("left", "App")) is None


async def test_it_is_noted_before_anybody_can_see_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    note, seen = bench.mover.identity.note_imported, []

    async def note_and_look(imported: Any, **more: Any) -> None:
        seen.append([each.name for each in await bench.right.source.list_applications()])
        await note(imported, **more)

    monkeypatch.setattr(bench.mover.identity, "note_imported", note_and_look)
    await bring(bench)
    assert seen == [[]]


async def test_another_name_is_what_counts(bench: Bench) -> None:
    await bring(bench, import_as="Other")
    assert await find(bench) is None
    assert await find(bench, ApplicationName("right", "Other")) is not None


@pytest.mark.parametrize("action", [ConflictAction.OVERWRITE, ConflictAction.ADD_VERSION, ConflictAction.SKIP])
async def test_what_is_there_keeps_its_importer_and_its_grants(bench: Bench, action: ConflictAction) -> None:
    await bring(bench)
    await grant(bench)
    first = await find(bench)
    await bring(bench, on_conflict=action)
    assert await find(bench) == first
    assert await bench.mover.identity.list_grants("acme") == [GRANT]


@pytest.mark.parametrize("action", [ConflictAction.OVERWRITE, ConflictAction.ADD_VERSION])
async def test_what_was_there_without_us_stays_everybodys(bench: Bench, action: ConflictAction) -> None:
    await seed(bench.right)
    await bring(bench, on_conflict=action)
    assert await find(bench) is None


async def test_a_deletion_forgets_importer_and_grants(bench: Bench) -> None:
    await bring(bench)
    await grant(bench)
    await delete(bench)
    assert await find(bench) is None
    assert await bench.mover.identity.list_grants("acme") == []


async def test_a_version_left_keeps_them(bench: Bench) -> None:
    await bring(bench)
    await bring(bench, on_conflict=ConflictAction.ADD_VERSION)
    await grant(bench)
    versions = [each.version for each in await bench.right.source.list_applications()]
    await delete(bench, versions[0])
    assert await find(bench) is not None
    assert await bench.mover.identity.list_grants("acme") == [GRANT]
    await delete(bench, versions[1])
    assert await find(bench) is None


async def test_a_name_that_comes_anew_has_no_old_grants(bench: Bench) -> None:
    await grant(bench)
    await bring(bench)
    assert await bench.mover.identity.list_grants("acme") == []


@pytest.mark.internal_error
async def test_a_failed_import_is_not_noted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    note = bench.mover.identity.note_imported

    async def note_and_fail(imported: Any, **more: Any) -> None:
        await note(imported, **more)
        raise ValueError("broken")

    monkeypatch.setattr(bench.mover.identity, "note_imported", note_and_fail)
    monkeypatch.setattr(endings, "UNDO_GRACE_SECONDS", float("-inf"))
    job = await bench.mover.import_archive("out.zip", database="right")
    assert job.status is Status.FAILED
    assert await find(bench) is None


async def test_a_dry_run_is_not_noted(bench: Bench) -> None:
    await bring(bench, dry_run=True)
    assert await find(bench) is None


async def test_nothing_is_noted_before_the_point_of_no_return(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stop(_: Any) -> None:
        raise DatabaseUnavailableError("away")

    monkeypatch.setattr(Context, "pass_point_of_no_return", stop)
    await bench.mover.import_archive("out.zip", database="right")
    assert await find(bench) is None


async def test_a_version_more_leaves_an_application_to_those_who_saw_it(bench: Bench) -> None:
    await bench.right.add_node(["Application"], {"Name": "App", "Version": "9.0.0", "Label": "App"})
    choice = ApplicationChoice(source_name="App", name="App", on_conflict=ConflictAction.SKIP, by_version=True)
    job = await bring(bench, choices=(choice,))
    assert [each["status"] for each in to_json(job.summary)["applications"]] == ["version_added"]
    assert await find(bench) is None
