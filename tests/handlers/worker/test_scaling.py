"""Workers of one job each come and go with the queue, as KEDA starts them for the chart's ScaledJob."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.valkey.client import send
from shared.jobs.record import Job, Status
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.ports.jobs import WhenBusy
from shared.settings.databases import DatabaseSettings
from tests.handlers.worker.test_heavy import describe
from tests.handlers.worker.test_process import CHECKOUT
from tests.support.job_stores import ValkeyRig, is_ended, make_job, open_valkey_rig
from tests.support.stacks.engines import wipe_database

JOBS = 16
MOST_WORKERS = 5
TENANTS = [f"tenant-{number}" for number in range(8)]
POLL_SECONDS = 0.5
END_SECONDS = 240.0

LENGTH = """
local read = {zset = 'ZCARD', set = 'SCARD', hash = 'HLEN', list = 'LLEN', none = 'LLEN'}
return redis.call(read[redis.call('TYPE', KEYS[1]).ok], KEYS[1])
"""
"""What KEDA asks, by which type the key has."""


@dataclass(kw_only=True)
class Scaler:
    """Starts processes by the strategy `accurate`, which the chart names: queues hold what nobody has taken."""

    rig: ValkeyRig
    environ: Mapping[str, str]
    running: list[Process] = field(default_factory=list)
    most: int = 0
    started: int = 0

    async def poll(self) -> None:
        """Look at the queues, and start what is missing. A started process counts as running at once."""
        self.running = [each for each in self.running if each.returncode is None]
        wanted = min(sum([await self._length(queue) for queue in ("work", "undo")]), MOST_WORKERS)
        for _ in range(min(wanted, MOST_WORKERS - len(self.running))):
            command = [sys.executable, "-m", "handlers", "--once", "--wait", "1"]
            process = await asyncio.create_subprocess_exec(
                *command, stdout=DEVNULL, stderr=DEVNULL, env=dict(self.environ), cwd=CHECKOUT
            )
            self.running.append(process)
            self.started += 1
        self.most = max(self.most, len(self.running))

    async def _length(self, queue: str) -> int:
        return int(await send(self.rig.client, "EVAL", LENGTH, 1, f"{{ours}}:queue:{queue}"))

    async def stop(self) -> None:
        """Kill what is left."""
        for each in self.running:
            if each.returncode is None:
                each.kill()
            await each.wait()


async def seed(settings: DatabaseSettings) -> None:
    wipe_database(settings)
    async with open_connection("graph", settings) as connection:
        await connection.run("UNWIND range(1, 100) AS at CREATE (:App {at: at})", {})


async def submit(rig: ValkeyRig, number: int) -> Job:
    request = ExportRequest(
        database="graph", applications=(ApplicationReference(name="App"),), archive_name=f"{number}.zip"
    )
    job = make_job(TENANTS[number % len(TENANTS)], database="graph", request=request)
    return await rig.store.submit(job, when_busy=WhenBusy.QUEUE)


async def test_workers_come_and_go_with_the_queue_and_no_job_is_begun_twice(
    valkey_url: str, neo4j_2026: DatabaseSettings, tmp_path: Path
) -> None:
    await seed(neo4j_2026)
    settings = {"INSTALLATION": "ours", "VALKEY_URL": valkey_url, "DATA_DIR": str(tmp_path)}
    settings |= {"DATABASES": describe(neo4j_2026)}
    environ = {**os.environ, **{f"GRAPHFERRY_{name}": value for name, value in settings.items()}}
    async with open_valkey_rig(valkey_url) as rig:
        scaler = Scaler(rig=rig, environ=environ)
        await scaler.poll()
        assert scaler.started == 0
        jobs = [await submit(rig, number) for number in range(JOBS)]
        try:
            end = time.monotonic() + END_SECONDS
            while scaler.running or not all([is_ended(await rig.store.get(job.id)) for job in jobs]):
                assert time.monotonic() < end, [await rig.store.get(job.id) for job in jobs]
                await scaler.poll()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await scaler.stop()
        ended = [await rig.store.get(job.id) for job in jobs]
        assert {(job.status, job.attempt, job.crashes) for job in ended} == {(Status.CLOSED, 1, 0)}
        assert scaler.most == MOST_WORKERS


def test_the_chart_asks_for_that_strategy() -> None:
    text = (CHECKOUT / "infra" / "deploy" / "chart" / "templates" / "scaled-job.yaml").read_text()
    (line,) = (line for line in text.splitlines() if "scalingStrategy" in line)
    assert yaml.safe_load(line)["scalingStrategy"]["strategy"] == "accurate"
