"""Logs in a bucket survive whoever dies between the two places of their lines, and a store that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
import structlog
from typing_extensions import override

from shared.adapters.s3 import job_logs, log_lines
from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.job_logs import S3JobLogs
from shared.adapters.s3.keys import log_key
from shared.adapters.s3.scratch import Scratch
from shared.errors import StoreUnavailableError
from shared.ports.job_logs import LogName
from tests.support.memory.job_logs import MemoryLiveLogs
from tests.support.object_stores import StoppingBucket, make_scene

pytestmark = pytest.mark.engines

LOG = LogName(tenant="acme", job_id="job-1")


class DiedError(Exception):
    """Stands for the end of a process."""


class Live(MemoryLiveLogs):
    """Lines of running jobs, whose keeper fails where a test says."""

    dies_at_drop = False
    is_away = False

    @override
    async def append(self, log: LogName, lines: Sequence[str]) -> int:
        if self.is_away:
            raise StoreUnavailableError("away")
        return await MemoryLiveLogs.append(self, log, lines)

    @override
    async def drop(self, log: LogName, lines: Sequence[str]) -> None:
        if self.dies_at_drop:
            raise DiedError
        await MemoryLiveLogs.drop(self, log, lines)


async def read(logs: S3JobLogs) -> str:
    async with logs.read(LOG) as text:
        return text.path.read_text()


async def test_who_dies_between_object_and_removal_leaves_no_line_twice(moto: Bucket, tmp_path: Path) -> None:
    scene, live = make_scene(moto, tmp_path), Live()
    logs = S3JobLogs(scene.bucket, scene.leases, live, Scratch(tmp_path), Conditional(scene.bucket))
    async with logs.write(LOG) as add:
        add("1")
        add("2")
    live.dies_at_drop = True
    with pytest.raises(DiedError):
        await logs.complete(LOG)
    assert await scene.list_keys() == ["logs/acme/job-1.jsonl"]
    assert await read(logs) == "1\n2\n"
    async with logs.write(LOG) as add:  # of whoever took over
        add("3")
    assert await read(logs) == "1\n2\n3\n"
    live.dies_at_drop = False
    assert list(await logs.list_open()) == [LOG]
    await logs.complete(LOG)
    assert (live.lines, await read(logs)) == ({}, "1\n2\n3\n")


async def test_who_was_stopped_past_the_end_of_its_lease_takes_no_later_line_away(moto: Bucket, tmp_path: Path) -> None:
    scene, live = make_scene(moto, tmp_path), Live()
    stopping = StoppingBucket(scene.bucket, log_key(LOG))
    late, logs = (
        S3JobLogs(each, scene.leases, live, Scratch(tmp_path), Conditional(scene.bucket))
        for each in (stopping, scene.bucket)
    )
    for first, second in (("1", "2"), ("3", "4")):  # where there was no object, and where there was one
        async with logs.write(LOG) as add:
            add(first)
        stopping.reach()
        completing = asyncio.create_task(late.complete(LOG))
        await stopping.stopped.wait()
        scene.leases.expire()
        async with logs.write(LOG) as add:
            add(second)
        await logs.complete(LOG)
        stopping.go_on.set()
        await asyncio.wait([completing])
    assert await read(logs) == "1\n2\n3\n4\n"


async def test_a_long_log_goes_to_the_bucket_while_its_job_runs(
    moto: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_logs, "SPILL_LINES", 5)
    monkeypatch.setattr(log_lines, "AT_ONCE", 2)
    scene, live = make_scene(moto, tmp_path), Live()
    logs = S3JobLogs(scene.bucket, scene.leases, live, Scratch(tmp_path), Conditional(scene.bucket))
    async with logs.write(LOG) as add:
        for number in range(13):
            add(f"{number}")
    assert len(live.lines.get(LOG, ())) < 5
    assert await read(logs) == "".join(f"{number}\n" for number in range(13))


async def test_a_store_that_is_away_for_a_moment_costs_no_line(
    moto: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "_PAUSE_SECONDS", 0.01)
    scene, live = make_scene(moto, tmp_path), Live()
    logs = S3JobLogs(scene.bucket, scene.leases, live, Scratch(tmp_path), Conditional(scene.bucket))
    live.is_away = True
    async with logs.write(LOG) as add:
        add("1")
        await asyncio.sleep(0.03)
        live.is_away = False
    assert await read(logs) == "1\n"


async def test_lines_that_are_lost_are_told_and_cost_nothing_else(
    moto: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "CLOSE_SECONDS", 0.05)
    monkeypatch.setattr(log_lines, "MOST_WAITING", 2)
    scene, live = make_scene(moto, tmp_path), Live()
    logs = S3JobLogs(scene.bucket, scene.leases, live, Scratch(tmp_path), Conditional(scene.bucket))
    live.is_away = True
    with structlog.testing.capture_logs() as told:
        async with logs.write(LOG) as add:
            for number in range(5):
                add(f"{number}")
    assert [(each["event"], each["lines"]) for each in told] == [("lines of a job's log are lost", 5)]
