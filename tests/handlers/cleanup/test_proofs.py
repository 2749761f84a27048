"""However often the worker of an export dies, its record and the folder agree in the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.cleanup.proofs import sweep_proofs
from shared.identity import Tenant
from shared.jobs.events import Event
from shared.jobs.record import Job, Outcome, Status
from shared.jobs.summaries import ArchiveFacts
from shared.ports.jobs import WhenBusy
from shared.resources import Resources
from tests.handlers.conftest import Bench
from tests.handlers.test_moves import seed
from tests.support.job_stores import make_job
from tests.support.memory.jobs import MemoryJobStore
from tests.support.workbench import make_resources, make_settings

TENANT = "acme"


class Died(BaseException):
    """Ends a handler as a killed process ends: nothing is undone."""


@pytest.mark.parametrize("at", ["handlers.attempts.dispatch._persist", "handlers.attempts.dispatch._settle"])
async def test_an_export_taken_over_at_its_end_leaves_one_archive(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    async def die(*_: object) -> None:
        raise Died

    await seed(bench.left)
    with monkeypatch.context() as patch:
        patch.setattr(at, die)
        with pytest.raises(Died):
            await bench.mover.export("App", database="left")
    assert len(await bench.mover.archives.list_proofs(TENANT)) == 1
    (job,) = bench.mover.jobs.jobs.values()
    await take_over(bench, job)
    ended = await bench.mover.jobs.get(job.id)
    assert (ended.status, ended.archive is not None) == (Status.CLOSED, True)
    assert [each.name for each in await bench.mover.archives.list_archives(TENANT)] == ["out.zip"]


async def take_over(bench: Bench, job: Job) -> None:
    if job.status is Status.CLOSED:
        return
    bench.mover.jobs.clock = lambda: datetime.now(UTC) + timedelta(minutes=1)
    await bench.mover.jobs.reap()
    await bench.mover.dispatch(await bench.mover.jobs.get(job.id))


@pytest.fixture
async def resources(tmp_path: Path) -> Resources:
    made = make_resources(make_settings(tmp_path), MemoryJobStore())
    await made.identity.create_tenant(Tenant(name=TENANT, databases=()))
    return made


async def publish(resources: Resources, owner: str) -> str:
    async with resources.archives.create(TENANT, owner=owner) as pending:
        pending.path.write_bytes(b"content")
        return await pending.publish("out.zip", prove=True)


async def names(resources: Resources) -> list[str]:
    return [each.name for each in await resources.archives.list_archives(TENANT)]


async def test_the_sweep_keeps_what_the_record_names(resources: Resources) -> None:
    job = await resources.jobs.submit(make_job(tenant=TENANT), when_busy=WhenBusy.QUEUE)
    claim = await resources.jobs.claim(Event(job_id=job.id, attempt=1), "worker")
    assert claim is not None
    for fence in (1, 2):
        await publish(resources, f"{job.id}.{fence}")
    await sweep_proofs(resources)
    assert await names(resources) == ["out-2.zip", "out.zip"], "the job may still name either"
    archive = ArchiveFacts(name="out-2.zip", bytes=7, sha256="0" * 64)
    assert await resources.jobs.finish(claim, Outcome(status=Status.CLOSED, archive=archive))
    await sweep_proofs(resources)
    assert await names(resources) == ["out-2.zip"]
    assert await resources.archives.list_proofs(TENANT) == []


async def test_the_sweep_keeps_what_a_forgotten_job_published(resources: Resources) -> None:
    await publish(resources, "forgotten.1")
    await sweep_proofs(resources)
    assert await names(resources) == ["out.zip"]
    assert await resources.archives.list_proofs(TENANT) == []
