"""All that keeps jobs' logs keeps the promises of its port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.folders.job_logs import FolderJobLogs
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.job_logs import S3JobLogs
from shared.adapters.s3.scratch import Scratch
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.live_logs import ValkeyLiveLogs
from shared.adapters.valkey.namespaces import Namespace
from shared.errors import InvalidJobIdError
from shared.ports.job_logs import JobLogs, LogName
from shared.settings.process import Settings
from tests.support.memory.job_logs import MemoryJobLogs, MemoryLiveLogs
from tests.support.object_stores import ObjectScene, make_scene
from tests.support.stacks.engines import OBJECT_STORES

LOG = LogName(tenant="acme", job_id="job-1")
OTHER = LogName(tenant="acme", job_id="job-2")
SOON = timedelta(minutes=5)


def open_objects(scene: ObjectScene, live: MemoryLiveLogs | ValkeyLiveLogs) -> S3JobLogs:
    return S3JobLogs(scene.bucket, scene.leases, live, Scratch(scene.scratch), Conditional(scene.bucket))


@pytest.fixture(
    params=["memory", "folder", *(pytest.param(each, marks=pytest.mark.engines) for each in (*OBJECT_STORES, "valkey"))]
)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scene(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> ObjectScene | None:
    """The bucket, for those that need one."""
    bucket = {"valkey": "moto", **{each: each for each in OBJECT_STORES}}.get(kind)
    return None if bucket is None else make_scene(request.getfixturevalue(bucket), tmp_path)


@pytest.fixture
async def logs(
    kind: str, scene: ObjectScene | None, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[JobLogs]:
    if scene is None:
        yield MemoryJobLogs(tmp_path) if kind == "memory" else FolderJobLogs(Settings(data_dir=tmp_path))
    elif kind == "valkey":
        async with open_valkey(request.getfixturevalue("valkey_url")) as client:
            yield open_objects(scene, ValkeyLiveLogs(client, Settings(), namespace=Namespace("test")))
    else:
        yield open_objects(scene, MemoryLiveLogs())


async def write(logs: JobLogs, log: LogName, *lines: str) -> None:
    async with logs.write(log) as add:
        for each in lines:
            add(each)


async def read(logs: JobLogs, log: LogName = LOG) -> list[str]:
    async with logs.read(log) as text:
        return text.path.read_text().splitlines()


async def test_attempts_go_on_in_one_log(logs: JobLogs) -> None:
    assert await read(logs) == []
    await write(logs, LOG, "1 ä\\u2028", "2")
    await write(logs, OTHER, "other")
    await write(logs, LOG, "3")
    assert await read(logs) == ["1 ä\\u2028", "2", "3"]
    assert await read(logs, OTHER) == ["other"]


async def test_lines_are_read_while_the_job_runs(logs: JobLogs) -> None:
    async with logs.write(LOG) as add, asyncio.timeout(20):
        for number in range(3):
            add(f"{number}")
            while await read(logs) != [f"{each}" for each in range(number + 1)]:  # noqa: ASYNC110 - others write
                await asyncio.sleep(0.01)


async def test_a_log_is_completed_more_than_once_and_goes_on(logs: JobLogs) -> None:
    await write(logs, LOG, "1", "2")
    for _ in range(2):
        await logs.complete(LOG)
        assert await read(logs) == ["1", "2"]
    assert list(await logs.list_open()) == []
    await write(logs, LOG, "3")  # as is told of jobs that were corrected after their end
    assert await read(logs) == ["1", "2", "3"]
    await asyncio.gather(*(logs.complete(LOG) for _ in range(3)))
    assert await read(logs) == ["1", "2", "3"]
    await logs.complete(OTHER)  # which nobody has written
    assert await read(logs, OTHER) == []


async def test_what_nobody_has_written_to_is_found_and_removed(logs: JobLogs) -> None:
    await write(logs, LOG, "1")
    await write(logs, OTHER, "1")
    for each in (LOG, OTHER):
        await logs.complete(each)
    now = datetime.now(UTC)
    assert [each async for each in logs.list_unwritten(now - SOON)] == []
    found = [each async for each in logs.list_unwritten(now + SOON)]
    assert sorted(each.job_id for each in found) == ["job-1", "job-2"]
    for _ in range(2):
        await logs.remove(LOG)
    assert (await read(logs), await read(logs, OTHER)) == ([], ["1"])
    assert [each async for each in logs.list_unwritten(now + SOON)] == [OTHER]


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "../x", "a\0b"])
async def test_names_lead_nowhere_else(logs: JobLogs, bad: str) -> None:
    for log in (LogName(tenant=bad, job_id="1"), LogName(tenant="acme", job_id=bad)):
        with pytest.raises(InvalidJobIdError):
            await write(logs, log, "1")
        with pytest.raises(InvalidJobIdError):
            await read(logs, log)
        with pytest.raises(InvalidJobIdError):
            await logs.remove(log)
