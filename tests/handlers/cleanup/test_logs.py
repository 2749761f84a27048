"""The logs of jobs go with their records."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from handlers.cleanup.logs import complete_logs, sweep_logs
from shared.errors import UnavailableError
from shared.jobs.events import Event
from shared.jobs.record import Job
from shared.logs import log_path, open_job_log
from shared.ports.job_logs import LogName
from shared.ports.jobs import WhenBusy
from tests.support.job_stores import make_cancellation, make_job
from tests.support.memory.job_logs import MemoryJobLogs
from tests.support.memory.jobs import MemoryJobStore
from tests.support.workbench import make_resources, make_settings

DAY = 86_400


async def test_only_what_is_old_and_has_no_record_goes(tmp_path: Path) -> None:
    resources = make_resources(make_settings(tmp_path, keep_ended_days=3), MemoryJobStore())
    known = make_job()
    await resources.jobs.submit(known, when_busy=WhenBusy.QUEUE)

    async def write(job_id: str, *, days: float) -> Path:
        async with open_job_log(resources.logs, "acme", job_id) as log:
            log.info("written")
        path = log_path(resources.settings, "acme", job_id)
        os.utime(path, (time.time(),) * 2 if not days else (time.time() - days * DAY,) * 2)
        return path

    gone = await write("gone", days=3.1)
    kept = [await write("young", days=2.9), await write("new", days=0), await write(known.id, days=100)]
    other = gone.with_suffix(".txt")
    other.write_text("not ours")
    os.utime(other, (0, 0))
    await sweep_logs(resources)
    assert not gone.exists()
    assert all(path.exists() for path in (*kept, other))


async def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    resources = make_resources(make_settings(tmp_path), MemoryJobStore())
    target = tmp_path / "precious.jsonl"
    target.write_text("kept")
    link = log_path(resources.settings, "acme", "link")
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    os.utime(link, (0, 0), follow_symlinks=False)
    await sweep_logs(resources)
    assert not link.is_symlink()
    assert target.read_text() == "kept"


class OpenLogs(MemoryJobLogs):
    """Logs that are where they are kept only once they are completed."""

    @override
    async def list_open(self) -> Sequence[LogName]:
        return list(self.lines)

    @override
    async def complete(self, log: LogName) -> None:
        del self.lines[log]


async def test_logs_of_jobs_that_have_ended_are_completed(tmp_path: Path) -> None:
    jobs, logs = MemoryJobStore(), OpenLogs(tmp_path)
    waiting, cancelled = [await jobs.submit(make_job(), when_busy=WhenBusy.QUEUE) for _ in range(2)]
    await jobs.request_cancel(cancelled.id, make_cancellation())
    for job_id in (waiting.id, cancelled.id, "unknown"):
        async with open_job_log(logs, "acme", job_id) as log:
            log.info("written")
    await complete_logs(replace(make_resources(make_settings(tmp_path), jobs), logs=logs))
    assert [each.job_id for each in logs.lines] == [waiting.id]


async def test_records_of_jobs_that_live_workers_have_are_not_read(tmp_path: Path) -> None:
    class CountingStore(MemoryJobStore):
        read: ClassVar[list[str]] = []

        @override
        async def get(self, job_id: str) -> Job:
            self.read.append(job_id)
            return await super().get(job_id)

    jobs, logs = CountingStore(), OpenLogs(tmp_path)
    running, waiting = [await jobs.submit(make_job(), when_busy=WhenBusy.QUEUE) for _ in range(2)]
    assert await jobs.claim(Event(job_id=running.id, attempt=running.attempt), "worker:1/nonce") is not None
    now = datetime.now(UTC)
    await jobs.announce("worker:1", started=now, now=now)
    for job_id in (running.id, waiting.id):
        async with open_job_log(logs, "acme", job_id) as log:
            log.info("written")
    jobs.read.clear()
    await complete_logs(replace(make_resources(make_settings(tmp_path), jobs), logs=logs))
    assert jobs.read == [waiting.id]


async def test_one_that_cannot_be_completed_keeps_back_no_other(tmp_path: Path) -> None:
    class StuckLogs(OpenLogs):
        @override
        async def complete(self, log: LogName) -> None:
            if log.job_id == "stuck":
                raise UnavailableError("away")
            await super().complete(log)

    logs = StuckLogs(tmp_path)
    for job_id in ("stuck", "other"):
        async with open_job_log(logs, "acme", job_id) as log:
            log.info("written")
    await complete_logs(replace(make_resources(make_settings(tmp_path), MemoryJobStore()), logs=logs))
    assert [each.job_id for each in logs.lines] == ["stuck"]


async def test_there_may_be_none(tmp_path: Path) -> None:
    await sweep_logs(make_resources(make_settings(tmp_path / "nothing"), MemoryJobStore()))
