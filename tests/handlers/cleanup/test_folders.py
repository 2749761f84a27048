"""What a job leaves in its tenant's folder goes whole, whoever died with it."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uuid_utils
from typing_extensions import override

from handlers.cleanup.folders import make_folder_sweep, sweep_folders
from shared.archive_names import name_for_spool, name_for_upload
from shared.errors import StoreUnavailableError
from shared.identity import Tenant
from shared.jobs.record import Cancellation, Job, JobKind
from shared.jobs.requests import ImportRequest
from shared.ports.jobs import WhenBusy
from tests.support.job_stores import make_job
from tests.support.memory.jobs import MemoryJobStore
from tests.support.rounds import do_rounds
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
    await resources.identity.create_tenant(Tenant(name=TENANT, databases=()))
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


ERRORS = {1: StoreUnavailableError("away"), 2: ValueError("'teleport' is not a valid JobKind"), 4: OSError("full")}


class OddStore(MemoryJobStore):
    """A store that fails at first; one of the errors is that of a record of an unknown kind."""

    asked = 0

    @override
    async def get(self, job_id: str) -> Job:
        self.asked += 1
        if error := ERRORS.get(self.asked):
            raise error
        return await super().get(job_id)


async def test_no_error_ends_the_sweep(tmp_path: Path) -> None:
    store = OddStore()
    resources = make_resources(make_settings(tmp_path), store)
    await resources.identity.create_tenant(Tenant(name=TENANT, databases=()))
    folder, upload = resources.settings.archives_dir / TENANT, name_for_upload(str(uuid_utils.uuid7()))
    publish_without_ending(folder, upload, upload)

    rounds = await do_rounds(make_folder_sweep(resources), 4)

    assert store.asked > max(ERRORS)
    assert rounds.counted == ["folders"] * 3
    assert {line["event"] for line in rounds.logged} == {"folders not swept"}
    away, odd, full = rounds.logged
    assert (away["log_level"], away["reason"], away["errors"]) == ("warning", "away", 1)
    assert (odd["log_level"], odd["exc_info"], odd["errors"]) == ("error", ERRORS[2], 2)
    assert (full["log_level"], full["reason"], full["errors"]) == ("warning", "full", 3)
    assert all(15.0 <= pause <= 45.0 for pause in rounds.pauses)


async def test_one_damaged_item_keeps_no_other_from_being_swept(tmp_path: Path) -> None:
    store = MemoryJobStore()
    resources = make_resources(make_settings(tmp_path), store)
    jobs = [make_job(tenant=tenant) for tenant in ("acme", "acme", "globex")]
    for tenant in ("acme", "globex"):
        await resources.identity.create_tenant(Tenant(name=tenant, databases=()))
    for job in jobs:
        folder = resources.settings.archives_dir / job.tenant
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name_for_spool(job.id)).write_bytes(b"x")
        (folder / ".\udcff.part").write_bytes(b"x")
        (folder / "other.zip").unlink(missing_ok=True)
        os.link(folder / ".\udcff.part", folder / "other.zip")
    odd = jobs[0].id

    class Damaged(MemoryJobStore):
        @override
        async def get(self, job_id: str) -> Job:
            if job_id == odd:
                raise ValueError("'teleport' is not a valid JobKind")
            job_id.encode()  # as the real store does
            return await super().get(job_id)

    with pytest.raises(ValueError, match="teleport"):
        await sweep_folders(replace(resources, jobs=Damaged()))
    left = [path.name for path in resources.settings.archives_dir.glob("*/copy-*")]
    assert left == [name_for_spool(odd)]


@pytest.mark.parametrize("vanished", ["renamed", "a file", "a dangling link"])
async def test_a_folder_that_comes_back_is_swept_then(tmp_path: Path, vanished: str) -> None:
    resources = make_resources(make_settings(tmp_path), MemoryJobStore())
    for tenant in (TENANT, "globex"):
        await resources.identity.create_tenant(Tenant(name=tenant, databases=()))
        folder = resources.settings.archives_dir / tenant
        folder.mkdir(parents=True)
        (folder / name_for_spool(str(uuid_utils.uuid7()))).write_bytes(b"of a job that is gone")
    folder, away = resources.settings.archives_dir / TENANT, tmp_path / "away"

    async with resources.archives.create(TENANT, owner="job-1") as pending:
        pending.path.write_bytes(b"half")
        folder.rename(away)
        if vanished == "a file":
            folder.write_bytes(b"")
        elif vanished == "a dangling link":
            folder.symlink_to("nowhere")
    with nullcontext() if vanished != "a file" else pytest.raises(OSError, match="Not a directory"):
        await sweep_folders(resources)
    assert len(names_in(away)) == 2
    assert names_in(resources.settings.archives_dir / "globex") == []

    folder.unlink(missing_ok=True)
    away.rename(folder)
    await sweep_folders(resources)
    assert names_in(folder) == []
