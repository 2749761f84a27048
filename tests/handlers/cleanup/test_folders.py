"""What a job leaves in its tenant's folder goes whole, whoever died with it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from handlers.cleanup.folders import sweep_folders
from shared.archive_names import name_for_upload
from shared.identity import Tenant
from shared.jobs.record import Cancellation, JobKind
from shared.jobs.requests import ImportRequest
from shared.ports.jobs import WhenBusy
from tests.support.job_stores import make_job
from tests.support.memory.jobs import MemoryJobStore
from tests.support.workbench import make_resources, make_settings

TENANT = "acme"


def publish_without_ending(folder: Path, owner: str, name: str) -> None:
    """Do what an upload does, up to the removal of its part."""
    folder.mkdir(parents=True)
    part = folder / f".{owner}.part"
    part.write_bytes(b"content")
    os.link(part, folder / name)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_an_upload_goes_together_with_the_part_that_a_dead_gateway_left(tmp_path: Path) -> None:
    resources = make_resources(make_settings(tmp_path), MemoryJobStore())
    await resources.identity.put_tenant(Tenant(name=TENANT, databases=()))
    new = make_job(tenant=TENANT, kind=JobKind.IMPORT)
    folder: Path = resources.settings.archives_dir / TENANT
    upload = name_for_upload(new.id)
    publish_without_ending(folder, new.id, upload)
    request = ImportRequest(database="source", archive_name=upload)
    job = await resources.jobs.submit(
        make_job(id=new.id, tenant=TENANT, kind=JobKind.IMPORT, request=request), when_busy=WhenBusy.QUEUE
    )
    await resources.jobs.request_cancel(job.id, Cancellation(reason=None, by="somebody", at=datetime.now(UTC)))

    await sweep_folders(resources)

    assert names_in(folder) == []
