"""Archives go when their time is over, but for those that are pinned or waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from typing_extensions import override

from handlers.cleanup.retention import make_retention_sweep, sweep_old_archives
from shared.adapters.folders.archives import ArchiveDirectory
from shared.archive_names import name_for_spool, name_for_upload
from shared.errors import StoreUnavailableError
from shared.identity import Tenant, TenantLimits
from shared.jobs.record import Cancellation, Job, JobKind
from shared.jobs.requests import ImportRequest, InspectRequest
from shared.ports.audit import AuditEntry
from shared.ports.jobs import WhenBusy
from shared.resources import Resources
from tests.support.job_stores import make_job
from tests.support.memory.audit import MemoryAudit
from tests.support.memory.jobs import MemoryJobStore
from tests.support.rounds import do_rounds
from tests.support.workbench import make_resources, make_settings

JOB_IDS = [f"0199f0c2-0000-7000-8000-00000000000{number}" for number in range(3)]


class LaterArchives(ArchiveDirectory):
    """Folders whose volume's clock goes days ahead: when a file came there nobody can choose."""

    ahead = timedelta(days=30, hours=1)

    @override
    async def read_clock(self) -> datetime:
        return await super().read_clock() + self.ahead


@pytest.fixture
async def resources(tmp_path: Path) -> Resources:
    settings = make_settings(tmp_path)
    made = replace(make_resources(settings, MemoryJobStore()), archives=LaterArchives(settings.archives_dir))
    for name, days in (("acme", 30), ("globex", 31), ("initech", None)):
        limits = TenantLimits(keep_archives_days=days)
        await made.identity.create_tenant(Tenant(name=name, databases=(), limits=limits))
        (settings.archives_dir / name).mkdir(parents=True)
    return made


def put(resources: Resources, name: str, tenant: str = "acme") -> Path:
    path: Path = resources.settings.archives_dir / tenant / name
    path.write_bytes(b"content")
    return path


async def submit(resources: Resources, job_id: str, request: ImportRequest | InspectRequest) -> Job:
    kind = JobKind.IMPORT if isinstance(request, ImportRequest) else JobKind.INSPECT
    new = make_job(id=job_id, tenant="acme", kind=kind, request=request)
    return await resources.jobs.submit(new, when_busy=WhenBusy.QUEUE)


async def end(resources: Resources, job_id: str) -> None:
    await resources.jobs.request_cancel(job_id, Cancellation(reason=None, by="somebody", at=datetime.now(UTC)))


async def test_only_what_is_old_goes_and_only_where_a_tenant_has_it_so(resources: Resources) -> None:
    files = {tenant: put(resources, "a.zip", tenant) for tenant in ("acme", "globex", "initech")}
    (resources.settings.archives_dir / "acme" / "notes.txt").write_bytes(b"mine")
    with structlog.testing.capture_logs() as logged:
        await sweep_old_archives(resources)
        await sweep_old_archives(resources)
    assert {tenant: file.exists() for tenant, file in files.items()} == {
        "acme": False,
        "globex": True,
        "initech": True,
    }
    assert [(each["event"], each["tenant"], each["archive"], each["bytes"]) for each in logged] == [
        ("old archive deleted", "acme", "a.zip", 7)
    ]
    assert isinstance(resources.audit, MemoryAudit)
    (entry,) = resources.audit.entries
    assert (entry.action, entry.tenant, entry.user, entry.target, entry.surface, entry.code) == (
        "archives.expire", "acme", "", "name=a.zip", "retention", ""
    )  # fmt: skip
    assert [path.name for path in (resources.settings.archives_dir / "acme").iterdir()] == ["notes.txt"]


async def test_a_pinned_archive_stays(resources: Resources) -> None:
    pinned, other = put(resources, "pinned.zip"), put(resources, "other.zip")
    await resources.archives.set_pinned("acme", "pinned.zip", pinned=True)
    await sweep_old_archives(resources)
    assert (pinned.exists(), other.exists()) == (True, False)
    await resources.archives.set_pinned("acme", "pinned.zip", pinned=False)
    await sweep_old_archives(resources)
    assert not pinned.exists()


async def test_an_archive_stays_for_as_long_as_a_job_may_read_it(resources: Resources) -> None:
    running, waiting, inspected = put(resources, "r.zip"), put(resources, "Café.zip"), put(resources, "i.zip")
    await submit(resources, JOB_IDS[0], ImportRequest(database="source", archive_name="r.zip"))
    await submit(resources, JOB_IDS[1], ImportRequest(database="source", archive_name="Cafe\u0301.zip"))
    await submit(resources, JOB_IDS[2], InspectRequest(database="source", archive_name="i.zip"))
    await sweep_old_archives(resources)
    assert [path.exists() for path in (running, waiting, inspected)] == [True, True, True]
    for job_id, path in zip(JOB_IDS, (running, waiting, inspected), strict=True):
        await end(resources, job_id)
        await sweep_old_archives(resources)
        assert not path.exists()


async def test_what_goes_with_a_job_is_left_to_it(resources: Resources) -> None:
    own = [put(resources, name_for_upload(JOB_IDS[0])), put(resources, name_for_spool(JOB_IDS[0]))]
    await sweep_old_archives(resources)
    assert [path.exists() for path in own] == [True, True]


class LostAudit(MemoryAudit):
    @override
    async def append(self, entry: AuditEntry) -> None:
        raise StoreUnavailableError("away")


async def test_an_audit_log_out_of_reach_keeps_no_archive(resources: Resources) -> None:
    files = [put(resources, name) for name in ("a.zip", "b.zip")]
    rounds = await do_rounds(make_retention_sweep(replace(resources, audit=LostAudit())), 1)
    assert [path.exists() for path in files] == [False, False]
    assert [(each["event"], each.get("target")) for each in rounds.logged] == [
        ("old archive deleted", None),
        ("audit entry not kept by the store", "name=a.zip"),
        ("old archive deleted", None),
        ("audit entry not kept by the store", "name=b.zip"),
    ]
    assert rounds.counted == []
