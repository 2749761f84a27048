"""Worker processes under signals."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import orjson
import pytest

from handlers.worker.process import EXIT_SETTINGS, EXIT_UNAVAILABLE, run_process
from shared.jobs.record import Failure, Job, Status
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.jobs.summary_json import to_json
from shared.ports.jobs import WhenBusy
from tests.support.collector import open_collector
from tests.support.job_stores import (
    ValkeyRig,
    is_ended,
    is_running,
    make_cancellation,
    make_job,
    open_valkey_rig,
    wait_until,
)
from tests.support.service_managers import open_service_manager
from tests.support.stacks.long_values import LONG
from tests.support.summaries import UNDONE

LEASE_SECONDS = 60.0
SHORT_LEASE_SECONDS = 3.0
"""For those that wait for the end of one."""

CHECKOUT = Path(__file__).parents[3]

NOTHING_FURTHER: Mapping[str, str] = MappingProxyType({})


@pytest.fixture
async def rig(valkey_url: str) -> AsyncIterator[ValkeyRig]:
    async with open_valkey_rig(valkey_url) as opened:
        yield opened


@asynccontextmanager
async def start_worker(
    url: str,
    data_dir: Path,
    *arguments: str,
    lease: float = LEASE_SECONDS,
    renew: float = 0.2,
    module: str = "tests.support.stacks.worker_process",
    further: Mapping[str, str] = NOTHING_FURTHER,
    environ: Mapping[str, str] = NOTHING_FURTHER,
) -> AsyncIterator[Process]:
    """Run a worker with these settings and further ones, and with further variables."""
    settings = {"INSTALLATION": "ours", "VALKEY_URL": url, "DATA_DIR": str(data_dir)}
    settings |= {"LEASE_SECONDS": str(lease), "RENEW_SECONDS": str(renew), "REAP_SECONDS": "0.1", **further}
    full = {**os.environ, **{f"GRAPHFERRY_{name}": value for name, value in settings.items()}, **environ}
    command = [sys.executable, "-m", module, *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL, env=full, cwd=CHECKOUT)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 60.0)
        assert orjson.loads(line)["event"] == "worker started"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def submit(rig: ValkeyRig, name: str, tenant: str = "acme") -> Job:
    request = ExportRequest(database="source", applications=(ApplicationReference(name=name),), archive_name="a.zip")
    return await rig.store.submit(make_job(tenant, request=request), when_busy=WhenBusy.QUEUE)


@pytest.mark.parametrize("name", ["endless", "deaf"])
async def test_sigterm_hands_off_before_it_is_killed(
    valkey_url: str, tmp_path: Path, rig: ValkeyRig, name: str
) -> None:
    async with start_worker(valkey_url, tmp_path) as worker:
        job = await submit(rig, name)
        await wait_until(rig.store, job, is_running)
        asked = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 20) == 0
        assert time.monotonic() - asked < 10.0  # what runs containers waits so long
    after = await rig.store.get(job.id)
    assert (after.status, after.attempt, after.crashes, after.lease_until) == (Status.IN_PROGRESS, 2, 0, None)
    if name == "endless":
        async with start_worker(valkey_url, tmp_path):
            ended = await wait_until(rig.store, job, is_ended)
        assert (ended.status, to_json(ended.summary)["attempt"], ended.crashes) == (Status.CLOSED, 2, 0)


async def test_a_collector_that_hangs_holds_up_neither_a_job_nor_the_end(
    valkey_url: str, tmp_path: Path, rig: ValkeyRig
) -> None:
    with open_collector(is_held=True) as collector:
        traced = {"TRACING_ENDPOINT": collector.url}
        async with start_worker(valkey_url, tmp_path, further=traced) as worker:
            assert (await wait_until(rig.store, await submit(rig, "short"), is_ended)).status is Status.CLOSED
            running = await submit(rig, "endless")
            await wait_until(rig.store, running, is_running)
            assert await asyncio.to_thread(collector.asked.wait, 30)
            asked = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(worker.wait(), 20) == 0
            assert time.monotonic() - asked < 10.0  # what runs containers waits so long
    assert (await rig.store.get(running.id)).attempt == 2


async def test_killed_worker_is_replaced(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, lease=SHORT_LEASE_SECONDS) as first:
        job = await submit(rig, "endless")
        await wait_until(rig.store, job, is_running)
        async with start_worker(valkey_url, tmp_path, lease=SHORT_LEASE_SECONDS) as second:
            first.kill()
            ended = await wait_until(rig.store, job, is_ended)
    assert (ended.status, ended.crashes) == (Status.CLOSED, 1)
    assert to_json(ended.summary) == {"attempt": 2, "process": second.pid}


async def test_sleeping_worker_wakes_harmless(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, lease=SHORT_LEASE_SECONDS) as sleeper:
        job = await submit(rig, "endless")
        await wait_until(rig.store, job, is_running)
        sleeper.send_signal(signal.SIGSTOP)
        async with start_worker(valkey_url, tmp_path, lease=SHORT_LEASE_SECONDS) as second:
            await wait_until(rig.store, job, lambda now: now.attempt == 2 and (is_running(now) or is_ended(now)))
            sleeper.send_signal(signal.SIGCONT)
            ended = await wait_until(rig.store, job, is_ended)
            assert to_json(ended.summary) == {"attempt": 2, "process": second.pid}
        # The sleeper works on: the slot is free, and it is the only worker left.
        again = await submit(rig, "close")
        assert to_json((await wait_until(rig.store, again, is_ended)).summary)["process"] == sleeper.pid


async def test_job_that_kills_every_worker_fails(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    job = await submit(rig, "crash")
    for _ in range(3):
        async with start_worker(valkey_url, tmp_path, lease=SHORT_LEASE_SECONDS) as worker:
            assert await asyncio.wait_for(worker.wait(), 20.0) == -signal.SIGKILL
    async with start_worker(valkey_url, tmp_path):
        ended = await wait_until(rig.store, job, is_ended)
        assert (ended.status, ended.summary) == (Status.FAILED, UNDONE)
        assert ended.failure == Failure(code="WORKER_CRASHED", message="worker crashed 3 times")
        assert (await wait_until(rig.store, await submit(rig, "close"), is_ended)).status is Status.CLOSED


async def test_cancel_waits_for_no_renewal(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    async with start_worker(valkey_url, tmp_path, renew=30.0):
        job = await submit(rig, "endless")
        await wait_until(rig.store, job, is_running)
        asked = time.monotonic()
        await rig.store.request_cancel(job.id, make_cancellation())
        ended = await wait_until(rig.store, job, is_ended)
        assert (ended.status, ended.summary) == (Status.CANCELLED, UNDONE)
        assert time.monotonic() - asked < 15.0


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_a_store_for_a_later_version_is_refused(
    valkey_url: str, tmp_path: Path, rig: ValkeyRig, processes: str
) -> None:
    await rig.client.set("{ours}:schema", "3")
    settings = {"INSTALLATION": "ours", "VALKEY_URL": valkey_url, "DATA_DIR": str(tmp_path)}
    environ = {**os.environ, **{f"GRAPHFERRY_{name}": value for name, value in settings.items()}}
    command = [sys.executable, "-m", "handlers", "--processes", processes]
    worker = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL, env=environ, cwd=CHECKOUT)
    told, _ = await asyncio.wait_for(worker.communicate(), 60.0)
    assert worker.returncode == EXIT_SETTINGS
    assert b"needs schema 3 at least, by its key '{ours}:schema'; this version knows 2" in told


@pytest.mark.parametrize(("drain", "asked"), [("0", "15000000"), ("60", "75000000")])
async def test_the_service_manager_hears_that_it_is_ready_and_how_long_it_may_take_to_stop(
    valkey_url: str, tmp_path: Path, drain: str, asked: str
) -> None:
    with open_service_manager(str(tmp_path / "notify")) as manager:
        async with start_worker(
            valkey_url, tmp_path, further={"DRAIN_SECONDS": drain}, environ=manager.environ
        ) as worker:
            assert manager.hear() == "READY=1"
            worker.send_signal(signal.SIGTERM)
            assert manager.hear() == f"STOPPING=1\nEXTEND_TIMEOUT_USEC={asked}"
            assert await asyncio.wait_for(worker.wait(), 20.0) == 0
        assert manager.has_heard_all()


async def test_once_takes_one_event_then_exits(valkey_url: str, tmp_path: Path, rig: ValkeyRig) -> None:
    job = await submit(rig, "close")
    async with start_worker(valkey_url, tmp_path, "--once") as worker:
        assert await asyncio.wait_for(worker.wait(), 20.0) == 0
    assert (await rig.store.get(job.id)).status is Status.CLOSED


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_JOBS", "many"), ("VALKEY_URL", "redis://h/one"), ("VALKEY_URL_FILE", "/nowhere")]
)
def test_wrong_settings_are_told(name: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_process([], {f"GRAPHFERRY_{name}": value}, {}) == EXIT_SETTINGS
    assert f"GRAPHFERRY_{name}: " in capsys.readouterr().err


async def test_store_out_of_reach_at_the_start_is_told(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{unused.getsockname()[1]}/0"
        environ = {**os.environ, "GRAPHFERRY_VALKEY_URL": url, "GRAPHFERRY_DATA_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "tests.support.stacks.worker_process"]
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=environ, cwd=CHECKOUT)
        told, _ = await asyncio.wait_for(process.communicate(), 20.0)
    assert process.returncode == EXIT_UNAVAILABLE
    assert orjson.loads(told.splitlines()[-1])["event"] == "worker cannot start"


def test_the_memory_of_long_values_is_given_back() -> None:
    command = [sys.executable, "-m", "tests.support.stacks.long_values"]
    held = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True).stdout
    assert int(held) < LONG
