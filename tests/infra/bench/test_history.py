"""The history that a bench writes is what the stores read."""

from __future__ import annotations

from pathlib import Path

from infra.bench.history import ARCHIVE_BYTES, RARE_APPLICATION, fill
from infra.bench.scale import History
from shared.jobs.record import Status
from shared.ports.jobs import JobFilter
from shared.resources import open_archives, open_identity, open_job_store
from shared.settings.process import Settings
from tests.support.least_rights import as_owner


async def test_a_history_is_listed_by_its_users(valkey_url: str, tmp_path: Path) -> None:
    settings = Settings(valkey_url=valkey_url, installation="ours", data_dir=tmp_path)
    owner = settings.model_copy(update={"valkey_url": as_owner(valkey_url)})  # a bench's server is its own
    written = await fill(owner, History(jobs=250, archives=5, tenants=3, reads=1), "acme")
    assert len(written) == 247
    async with open_job_store(settings) as jobs, open_identity(settings) as identity:
        assert len(await identity.list_tenants()) == 3
        page = await jobs.list_jobs("acme", where=JobFilter(created_by="user"))
        assert [job.id for job in page.jobs] == [each.id for each in reversed(written) if each.user == "user"]
        for where in (JobFilter(application=RARE_APPLICATION), JobFilter(statuses=frozenset({Status.FAILED}))):
            assert [job.id for job in (await jobs.list_jobs("acme", where=where)).jobs] == [written[0].id]
        async with open_archives(settings) as archives:
            stored = await archives.list_archives("acme")
        assert [each.name for each in stored] == [each.archive for each in written[-5:]]
        own = await jobs.find_written("acme", written[-1].user, [(each.name, each.bytes) for each in stored])
        assert own == {(written[-1].archive, ARCHIVE_BYTES)}
