"""Several workers under one process, as real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from handlers.worker.process import EXIT_SETTINGS
from shared.jobs.summary_json import to_json
from shared.service_manager import VARIABLE
from tests.handlers.worker.test_process import CHECKOUT, NOTHING_FURTHER, rig, submit
from tests.support.job_stores import ValkeyRig, is_ended, wait_until
from tests.support.service_managers import open_service_manager

__all__ = ["rig"]


@asynccontextmanager
async def start_pool(
    url: str, data_dir: Path, *arguments: str, further: Mapping[str, str] = NOTHING_FURTHER
) -> AsyncIterator[Process]:
    """Start several workers with these settings and further ones."""
    settings = {"INSTALLATION": "ours", "VALKEY_URL": url, "DATA_DIR": str(data_dir), "RENEW_SECONDS": "0.2", **further}
    environ = {**os.environ, **{f"GRAPHFERRY_{name}": value for name, value in settings.items()}}
    command = [sys.executable, "-m", "tests.support.stacks.worker_process", *arguments]
    pool = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, env=environ, cwd=CHECKOUT)
    try:
        yield pool
    finally:
        with suppress(ProcessLookupError):
            pool.send_signal(signal.SIGINT)
        await asyncio.wait_for(pool.wait(), 20.0)


async def read_pids(rig: ValkeyRig) -> set[int]:
    return {int(each.name.rpartition(":")[2]) for each in await rig.store.list_workers()}


async def wait_for_workers(rig: ValkeyRig, wanted: Callable[[set[int]], bool]) -> set[int]:
    """Wait until the process ids of the workers that announced themselves are as wanted; give them."""
    async with asyncio.timeout(30.0):
        while not wanted(pids := await read_pids(rig)):  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.05)
    return pids


async def wait_until_gone(pids: Sequence[int], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while any(psutil.pid_exists(pid) for pid in pids):  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.05)


async def test_a_pool_keeps_its_workers_until_it_is_stopped(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_pool(valkey_url, tmp_path, "--processes", "2") as pool:
        first = await wait_for_workers(rig, lambda pids: len(pids) == 2)
        killed = min(first)
        os.kill(killed, signal.SIGKILL)
        # The killed one is listed for a while, or no more.
        both = await wait_for_workers(rig, lambda pids: len(pids - {killed}) == 2) - {killed}
        assert max(first) in both
        ended = await wait_until(rig.store, await submit(rig, "close"), is_ended)
        assert to_json(ended.summary)["process"] in both
        pool.terminate()
        assert await asyncio.wait_for(pool.wait(), 20.0) == 0
        assert not any(psutil.pid_exists(pid) for pid in both)


async def test_workers_end_with_a_pool_that_is_killed(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_pool(valkey_url, tmp_path, "--processes", "2") as pool:
        both = await wait_for_workers(rig, lambda pids: len(pids) == 2)
        pool.kill()
        await wait_until_gone(sorted(both), 10.0)


async def test_each_of_several_takes_one_job(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    jobs = [await submit(rig, "slow", tenant) for tenant in ("acme", "globex")]
    async with start_pool(valkey_url, tmp_path, "--processes", "2", "--once") as pool:
        assert await asyncio.wait_for(pool.wait(), 30.0) == 0
    ended = [await rig.store.get(job.id) for job in jobs]
    assert len({to_json(each.summary)["process"] for each in ended}) == 2


async def test_settings_that_are_wrong_end_a_pool(valkey_url: str, tmp_path: Path) -> None:
    environ = {**os.environ, "GRAPHFERRY_VALKEY_URL": valkey_url, "GRAPHFERRY_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "handlers", "--processes", "2"]
    wrong = {**environ, "GRAPHFERRY_MAX_JOBS": "many"}
    pool = await asyncio.create_subprocess_exec(*command, stderr=DEVNULL, env=wrong, cwd=CHECKOUT)
    assert await asyncio.wait_for(pool.wait(), 20.0) == EXIT_SETTINGS


@pytest.mark.parametrize("count", ["0", "-1", "two"])
async def test_a_count_that_is_none_is_refused(count: str) -> None:
    command = [sys.executable, "-m", "handlers", f"--processes={count}"]
    pool = await asyncio.create_subprocess_exec(*command, stderr=DEVNULL, cwd=CHECKOUT)
    assert await asyncio.wait_for(pool.wait(), 20.0) == 2


async def test_the_service_manager_hears_the_pool_alone(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_service_manager(str(tmp_path / "notify")) as manager:
        monkeypatch.setenv(VARIABLE, manager.address)
        async with start_pool(valkey_url, tmp_path, "--processes", "2") as pool:
            assert manager.hear() == "READY=1"
            pool.send_signal(signal.SIGTERM)
            assert manager.hear() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000"
            assert await asyncio.wait_for(pool.wait(), 20.0) == 0
        assert manager.has_heard_all()
