"""Archives that are there for the sake of a job do not outlive it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.cleanup.own_archives import SUBMISSION_PATIENCE, remove_own_archive, sweep_own_archives
from shared.archive_names import name_for_spool, name_for_upload
from shared.identity import Tenant
from shared.jobs.record import Cancellation, Job, JobKind
from shared.jobs.requests import ApplicationChoice, CopyRequest, ImportRequest
from shared.ports.jobs import WhenBusy
from shared.resources import Resources
from tests.support.clocks import set_process_clock
from tests.support.job_stores import make_job
from tests.support.memory.jobs import MemoryJobStore
from tests.support.workbench import make_resources, make_settings

TENANT = "acme"
UNKNOWN = "0199f0c2-0000-7000-8000-00000000dead"


@pytest.fixture
async def resources(tmp_path: Path) -> Resources:
    made = make_resources(make_settings(tmp_path), MemoryJobStore())
    await made.identity.create_tenant(Tenant(name=TENANT, databases=()))
    (made.settings.archives_dir / TENANT).mkdir(parents=True)
    return made


async def submit(resources: Resources, *, job_id: str, archive_name: str) -> Job:
    request = ImportRequest(database="source", archive_name=archive_name)
    new = make_job(id=job_id, tenant=TENANT, kind=JobKind.IMPORT, request=request)
    return await resources.jobs.submit(new, when_busy=WhenBusy.QUEUE)


def put(resources: Resources, name: str) -> Path:
    path: Path = resources.settings.archives_dir / TENANT / name
    path.write_bytes(b"content")
    return path


async def test_only_its_own_upload_goes_with_a_job(resources: Resources) -> None:
    other = put(resources, "given.zip")
    await remove_own_archive(await submit(resources, job_id=UNKNOWN, archive_name="given.zip"), resources.archives)
    assert other.exists()


async def test_an_upload_stays_until_its_job_has_ended(resources: Resources) -> None:
    job_id = "0199f0c2-0000-7000-8000-000000000001"
    upload, other = put(resources, name_for_upload(job_id)), put(resources, "upload-mine.zip")
    await submit(resources, job_id=job_id, archive_name=upload.name)
    await sweep_own_archives(resources)
    assert upload.exists()
    await resources.jobs.request_cancel(job_id, Cancellation(reason=None, by="somebody", at=datetime.now(UTC)))
    await sweep_own_archives(resources)
    assert (upload.exists(), other.exists()) == (False, True)


async def test_the_spool_of_a_copy_stays_until_its_job_has_ended(resources: Resources) -> None:
    request = CopyRequest(
        from_database="source", to_database="target", choices=(ApplicationChoice(source_name="App", name="App"),)
    )
    new = make_job(id="0199f0c2-0000-7000-8000-000000000001", tenant=TENANT, kind=JobKind.COPY, request=request)
    job = await resources.jobs.submit(new, when_busy=WhenBusy.QUEUE)
    spool = put(resources, name_for_spool(job.id))
    await sweep_own_archives(resources)
    assert spool.exists()
    await resources.jobs.request_cancel(job.id, Cancellation(reason=None, by="somebody", at=datetime.now(UTC)))
    await sweep_own_archives(resources)
    assert not spool.exists()


async def test_an_upload_whose_job_never_came_goes_after_a_while(resources: Resources) -> None:
    upload = put(resources, name_for_upload(UNKNOWN))
    await sweep_own_archives(resources)
    assert upload.exists(), "its job may be submitted at this moment"
    long_ago = upload.stat().st_mtime - SUBMISSION_PATIENCE.total_seconds() - 1
    os.utime(upload, (long_ago, long_ago))
    await sweep_own_archives(resources)
    assert not upload.exists()


async def test_an_upload_of_the_far_future_goes_too(resources: Resources) -> None:
    upload = put(resources, name_for_upload(UNKNOWN))
    ahead = upload.stat().st_mtime + SUBMISSION_PATIENCE.total_seconds() + 10
    os.utime(upload, (ahead, ahead))
    await sweep_own_archives(resources)
    assert not upload.exists()


async def test_a_spool_whose_job_is_gone_goes_at_once(resources: Resources) -> None:
    spool, other = put(resources, name_for_spool(UNKNOWN)), put(resources, "copy-mine.zip")
    await sweep_own_archives(resources)
    assert (spool.exists(), other.exists()) == (False, True)


@pytest.mark.parametrize("ahead", [2 * SUBMISSION_PATIENCE, -2 * SUBMISSION_PATIENCE], ids=["ahead", "behind"])
async def test_an_uploads_age_goes_by_the_clock_of_its_volume(
    resources: Resources, ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, old = put(resources, name_for_upload(UNKNOWN)), put(resources, name_for_upload(f"{UNKNOWN[:-1]}e"))
    long_ago = (datetime.now(UTC) - 2 * SUBMISSION_PATIENCE).timestamp()
    os.utime(old, (long_ago, long_ago))
    set_process_clock(monkeypatch, ahead)
    await sweep_own_archives(resources)
    assert (new.exists(), old.exists()) == (True, False)
