"""Workers that let their jobs end before they do, as real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import orjson
import pytest

from handlers.worker import pool as pool_module
from handlers.worker.pool import Pool
from handlers.worker.stopping import Stop
from shared.jobs.record import Job, Status
from shared.jobs.summary_json import to_json
from tests.handlers.worker.test_pool import read_pids, start_pool, wait_for_workers
from tests.handlers.worker.test_process import SHORT_LEASE_SECONDS, rig, start_worker, submit
from tests.support.job_stores import ValkeyRig, is_ended, is_running, make_cancellation, wait_until
from tests.support.summaries import UNDONE

__all__ = ["rig"]

PATIENT = {"DRAIN_SECONDS": "600"}
TENANTS = [f"tenant-{number}" for number in range(8)]
DRAINING = "draining: waiting for the jobs under way"
SLOW_TO_END = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: None)
pathlib.Path(sys.argv[1]).touch()
time.sleep(2)
sys.exit(7)
"""


async def read_until(worker: Process, event: str) -> dict[str, object]:
    """Read the worker's log up to this event, and give its line."""
    assert worker.stdout is not None
    async with asyncio.timeout(30.0):
        while line := await worker.stdout.readline():
            told: dict[str, object] = orjson.loads(line)
            if told["event"] == event:
                return told
    raise AssertionError(f"The worker's log ended without {event!r}.")


async def begin_drain(worker: Process) -> None:
    worker.send_signal(signal.SIGTERM)
    told = await read_until(worker, DRAINING)
    assert (told["jobs"], told["seconds"]) == (1, 600)


async def ends_well(worker: Process) -> bool:
    return await asyncio.wait_for(worker.wait(), 30.0) == 0


async def wait_until_announced(rig: ValkeyRig, number: int) -> None:
    """Wait until so many workers say that they are draining."""
    async with asyncio.timeout(30.0):
        while sum(each.is_draining for each in await rig.store.list_workers()) < number:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.05)


def open_gate(data_dir: Path) -> None:
    (data_dir / "gate").touch()


def require_first_attempt(job: Job, *pids: int) -> None:
    """Require that the job closed at once, in one of these processes."""
    assert (job.status, job.attempt, job.crashes) == (Status.CLOSED, 1, 0)
    assert to_json(job.summary)["process"] in pids


async def test_a_job_ends_and_no_other_is_taken(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, lease=SHORT_LEASE_SECONDS, further=PATIENT) as first:
        job = await submit(rig, "gated")
        running = await wait_until(rig.store, job, is_running)
        await begin_drain(first)
        other = await submit(rig, "close", "globex")
        # Renewed for longer than a lease: it would be taken over otherwise, and the other job taken.
        before = running.lease_until
        assert before is not None
        await wait_until(
            rig.store,
            job,
            lambda now: (
                now.lease_until is not None and (now.lease_until - before).total_seconds() > SHORT_LEASE_SECONDS
            ),
        )
        assert (await rig.store.get(other.id)).status is Status.CREATED
        async with start_worker(valkey_url, tmp_path, lease=SHORT_LEASE_SECONDS) as second:
            require_first_attempt(await wait_until(rig.store, other, is_ended), second.pid)
            assert first.returncode is None
            open_gate(tmp_path)
            assert await ends_well(first)
    require_first_attempt(await rig.store.get(job.id), first.pid)


async def test_a_draining_worker_says_so(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, further=PATIENT) as worker:
        await wait_until(rig.store, await submit(rig, "gated"), is_running)
        assert [each.is_draining for each in await rig.store.list_workers()] == [False]
        await begin_drain(worker)
        await wait_until_announced(rig, 1)
        open_gate(tmp_path)
        assert await ends_well(worker)


async def test_a_worker_without_a_job_ends_at_once(valkey_url: str, tmp_path: Path) -> None:
    async with start_worker(valkey_url, tmp_path, further=PATIENT) as worker:
        worker.send_signal(signal.SIGTERM)
        assert await ends_well(worker)


async def test_what_takes_too_long_is_handed_off(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, further={"DRAIN_SECONDS": "1"}) as first:
        job = await submit(rig, "endless")
        await wait_until(rig.store, job, is_running)
        async with start_worker(valkey_url, tmp_path) as second:
            began = asyncio.get_running_loop().time()
            first.send_signal(signal.SIGTERM)
            assert await ends_well(first)
            assert asyncio.get_running_loop().time() - began >= 1.0
            ended = await wait_until(rig.store, job, is_ended)
    assert (ended.status, ended.attempt, ended.crashes) == (Status.CLOSED, 2, 0)
    assert to_json(ended.summary) == {"attempt": 2, "process": second.pid}


@pytest.mark.parametrize("last", [signal.SIGTERM, signal.SIGINT])
async def test_who_is_in_a_hurry_hands_off(
    valkey_url: str, tmp_path: Path, rig: ValkeyRig, last: signal.Signals
) -> None:
    async with start_worker(valkey_url, tmp_path, further=PATIENT) as worker:
        job = await submit(rig, "gated")
        await wait_until(rig.store, job, is_running)
        await begin_drain(worker)
        worker.send_signal(last)
        assert await ends_well(worker)
    after = await rig.store.get(job.id)
    assert (after.status, after.attempt, after.crashes, after.lease_until) == (Status.IN_PROGRESS, 2, 0, None)


async def test_ctrl_c_alone_does_not_drain(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, further=PATIENT) as worker:
        job = await submit(rig, "gated")
        await wait_until(rig.store, job, is_running)
        worker.send_signal(signal.SIGINT)
        assert await ends_well(worker)
    assert (await rig.store.get(job.id)).attempt == 2


async def test_a_cancel_is_obeyed_meanwhile(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, further=PATIENT) as worker:
        job = await submit(rig, "gated")
        await wait_until(rig.store, job, is_running)
        await begin_drain(worker)
        await rig.store.request_cancel(job.id, make_cancellation())
        assert await ends_well(worker)
    ended = await rig.store.get(job.id)
    assert (ended.status, ended.attempt, ended.summary) == (Status.CANCELLED, 1, UNDONE)


class TestPool:
    @pytest.mark.parametrize("to_all", [False, True], ids=["to the pool", "to all of its processes"])
    async def test_each_worker_drains(self, valkey_url: str, tmp_path: Path, rig: ValkeyRig, *, to_all: bool) -> None:
        async with start_pool(valkey_url, tmp_path, "--processes", "2", further=PATIENT) as pool:
            jobs = [await submit(rig, "gated", tenant) for tenant in ("acme", "globex")]
            for job in jobs:
                await wait_until(rig.store, job, is_running, 60.0)
            pids = await read_pids(rig)
            for pid in (*(pids if to_all else ()), pool.pid):
                os.kill(pid, signal.SIGTERM)
            await wait_until_announced(rig, 2)
            open_gate(tmp_path)
            assert await ends_well(pool)
        for job in jobs:
            require_first_attempt(await rig.store.get(job.id), *pids)

    async def test_a_second_signal_reaches_the_workers(self, valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
        async with start_pool(valkey_url, tmp_path, "--processes", "2", further=PATIENT) as pool:
            await wait_for_workers(rig, lambda pids: len(pids) == 2)
            job = await submit(rig, "gated")
            await wait_until(rig.store, job, is_running)
            pool.send_signal(signal.SIGTERM)
            await wait_until_announced(rig, 1)
            pool.send_signal(signal.SIGTERM)
            assert await ends_well(pool)
        after = await rig.store.get(job.id)
        assert (after.attempt, after.crashes, after.lease_until) == (2, 0, None)

    async def test_a_worker_that_drains_is_not_killed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pool_module, "STOP_SECONDS", 0.1)
        stop, ready = Stop(drain_seconds=600), tmp_path / "ready"
        program = (sys.executable, "-c", SLOW_TO_END, str(ready))
        serving = asyncio.create_task(Pool(processes=1, environ=os.environ, program=program, stop=stop).serve())
        async with asyncio.timeout(30.0):
            while not ready.exists():  # noqa: ASYNC110 - the system tells nobody
                await asyncio.sleep(0.05)
        stop.ask()
        assert await asyncio.wait_for(serving, 30.0) == 7


async def wait_until_ended(rig: ValkeyRig, jobs: list[Job], number: int) -> None:
    """Wait until so many of the jobs have ended."""
    async with asyncio.timeout(120.0):
        while sum([is_ended(await rig.store.get(job.id)) for job in jobs]) < number:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.05)


async def test_no_job_notices_that_workers_come_and_go(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    jobs = [await submit(rig, "short", tenant) for _ in range(5) for tenant in TENANTS]
    pids = []
    for ended in (15, 40):
        async with AsyncExitStack() as stack:
            starting = [start_worker(valkey_url, tmp_path, further=PATIENT) for _ in range(5)]
            workers = await asyncio.gather(*(stack.enter_async_context(each) for each in starting))
            pids += [worker.pid for worker in workers]
            for number, worker in enumerate(workers):
                await wait_until_ended(rig, jobs, ended - 2 * (len(workers) - number - 1))
                worker.send_signal(signal.SIGTERM)
            assert all([await ends_well(worker) for worker in workers])
    for job in jobs:
        require_first_attempt(await rig.store.get(job.id), *pids)


class TestOnce:
    async def test_two_workers_take_a_job_each(self, valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
        jobs = [await submit(rig, "slow", tenant) for tenant in ("acme", "globex")]
        async with AsyncExitStack() as stack:
            starting = [start_worker(valkey_url, tmp_path, "--once") for _ in jobs]
            workers = await asyncio.gather(*(stack.enter_async_context(each) for each in starting))
            assert all([await ends_well(worker) for worker in workers])
        pids = [worker.pid for worker in workers]
        ended = [await rig.store.get(job.id) for job in jobs]
        for job in ended:
            require_first_attempt(job, *pids)
        assert Counter(to_json(job.summary)["process"] for job in ended) == Counter(pids)

    async def test_a_killed_one_is_replaced(self, valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
        job = await submit(rig, "endless")
        async with start_worker(valkey_url, tmp_path, "--once", lease=SHORT_LEASE_SECONDS) as first:
            await wait_until(rig.store, job, is_running)
            first.kill()
            await first.wait()
        async with start_worker(valkey_url, tmp_path, "--once", "--wait", "60") as second:
            assert await ends_well(second)
        ended = await rig.store.get(job.id)
        assert (ended.status, ended.crashes) == (Status.CLOSED, 1)
        assert to_json(ended.summary) == {"attempt": 2, "process": second.pid}

    @pytest.mark.parametrize("processes", ["1", "2"])
    async def test_none_is_waited_for_that_long(self, valkey_url: str, tmp_path: Path, processes: str) -> None:
        words = ("--processes", processes, "--once", "--wait", "0.2")
        async with start_pool(valkey_url, tmp_path, *words) as worker:
            assert await ends_well(worker)

    async def test_its_job_may_end_after_sigterm(self, valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
        job = await submit(rig, "gated")
        async with start_worker(valkey_url, tmp_path, "--once", further=PATIENT) as worker:
            await wait_until(rig.store, job, is_running)
            await begin_drain(worker)
            open_gate(tmp_path)
            assert await ends_well(worker)
        require_first_attempt(await rig.store.get(job.id), worker.pid)

    @pytest.mark.parametrize("words", [("--wait", "5"), ("--once", "--wait", "soon"), ("--once", "--wait", "-1")])
    async def test_a_wait_that_is_none_is_refused(
        self, valkey_url: str, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        async with start_pool(valkey_url, tmp_path, *words) as worker:
            assert await asyncio.wait_for(worker.wait(), 30.0) == 2
