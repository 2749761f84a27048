"""An archive that a submission has found does not expire before its job is there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.cleanup.retention import sweep_old_archives
from shared.identity import TenantLimits
from shared.jobs.record import Job, NewJob
from tests.gateway.conftest import StartGateway, World
from tests.handlers.cleanup.test_retention import LaterArchives
from tests.support.archives.small import make_archive
from tests.support.memory.jobs import MemoryJobStore

ARCHIVE = make_archive("New")
IMPORT = {"method": "POST", "path": "/api/v1/imports", "json": {"database": "target", "archive": "a.zip"}}
INSPECTION = {"method": "GET", "path": "/api/v1/archives/a.zip/inspect?database=source"}
AT_ONCE = {"Prefer": "respond-async, wait=0"}


def put_archive(world: World) -> Path:
    folder: Path = world.settings.archives_dir / "acme"
    folder.mkdir(parents=True)
    (folder / "a.zip").write_bytes(ARCHIVE)
    return folder / "a.zip"


@pytest.mark.parametrize("sent", [IMPORT, INSPECTION], ids=["import", "inspection"])
async def test_an_old_archive_stays_for_a_job_that_is_just_being_accepted(
    world: World, start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch, sent: dict[str, Any]
) -> None:
    archive = put_archive(world)
    limits = TenantLimits(keep_archives_days=30)
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, limits=limits))
    resources = replace(world.resources(), archives=LaterArchives(world.settings.archives_dir))
    client = await start_gateway(resources)
    checked, accepted, submit = asyncio.Event(), asyncio.Event(), MemoryJobStore.submit

    async def submit_late(jobs: MemoryJobStore, new: NewJob, **named: Any) -> Job:
        checked.set()
        await accepted.wait()
        return await submit(jobs, new, **named)

    monkeypatch.setattr(MemoryJobStore, "submit", submit_late)
    submitting = asyncio.ensure_future(client.request(**sent, headers={**world.as_("admin"), **AT_ONCE}))
    await asyncio.wait_for(checked.wait(), 20)
    sweeping = asyncio.create_task(sweep_old_archives(resources))
    await asyncio.wait([sweeping], timeout=0.3)
    accepted.set()
    assert (await submitting).status == 202
    await sweeping
    assert archive.exists()
