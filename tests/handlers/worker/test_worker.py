"""A worker takes events from a real queue, and survives what can happen to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from handlers.attempts.context import Context, Handler
from handlers.worker.stopping import Stop
from handlers.worker.worker import WorkerProcess
from shared.adapters.valkey.client import send
from shared.jobs.events import Event
from shared.jobs.record import Job, JobKind, Outcome, Phase, Progress, Status
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.ports.jobs import WhenBusy
from shared.resources import EventQueues, open_event_queues
from shared.settings.process import Settings
from tests.support.job_stores import (
    ValkeyRig,
    is_ended,
    is_running,
    make_cancellation,
    make_job,
    open_valkey_rig,
    wait_until,
)
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.target import MemoryTarget
from tests.support.summaries import UNDONE
from tests.support.workbench import make_resources, make_settings, run_to_close, undo_nothing


@dataclass(slots=True, kw_only=True)
class Worker:
    rig: ValkeyRig
    queues: EventQueues
    settings: Settings
    stop: Stop
    serving: asyncio.Task[None]

    async def submit(self, name: str = "close", tenant: str = "acme") -> Job:
        request = ExportRequest(
            database="source", applications=(ApplicationReference(name=name),), archive_name="package.zip"
        )
        return await self.rig.store.submit(make_job(tenant, request=request), when_busy=WhenBusy.QUEUE)

    async def wait_for_start(self, job: Job) -> Job:
        return await wait_until(self.rig.store, job, is_running, 10.0)

    async def wait_for_end(self, job: Job, seconds: float = 10.0) -> Job:
        return await wait_until(self.rig.store, job, is_ended, seconds)


@asynccontextmanager
async def open_worker(
    url: str,
    data_dir: Path,
    run: Callable[[Job, Context], Awaitable[Outcome]] = run_to_close,
    *,
    patience: float | None = None,
) -> AsyncIterator[Worker]:
    settings = make_settings(data_dir, valkey_url=url, installation="ours")
    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(open_valkey_rig(url, settings.lease_seconds))
        queues = await stack.enter_async_context(open_event_queues(settings, rig.names))
        stop = Stop()
        resources = replace(make_resources(settings, rig.store), targets={"left": MemoryTarget(MemoryDatabase())})
        handlers = {JobKind.EXPORT: Handler(run=run, undo=undo_nothing)}
        serving = asyncio.create_task(WorkerProcess(resources, queues, handlers, stop=stop, patience=patience).serve())
        yield Worker(rig=rig, queues=queues, settings=settings, stop=stop, serving=serving)
        stop.ask()
        await asyncio.wait_for(serving, 10.0)


async def run_slowly(_: Job, context: Context) -> Outcome:
    for done in range(60):
        await asyncio.sleep(0.02)
        await context.advance(Progress(phase=Phase.NODES, nodes_done=done))
    return Outcome(status=Status.CLOSED)


async def test_jobs_are_done_in_turn(valkey_url: str, tmp_path: Path) -> None:
    async with open_worker(valkey_url, tmp_path) as process:
        jobs = [await process.submit() for _ in range(3)]
        ended = [await process.wait_for_end(job) for job in jobs]
        assert [job.status for job in ended] == [Status.CLOSED] * 3
        assert sorted(ended, key=lambda job: job.started or job.created) == ended
        assert await process.rig.client.keys("*arq:[^h]*") == []


async def test_all_background_loops_run(valkey_url: str, tmp_path: Path) -> None:
    async with open_worker(valkey_url, tmp_path) as process:
        await process.wait_for_end(await process.submit())
        names = {task.get_name() for task in asyncio.all_tasks()}
    assert names >= {"hints", "reaper", "orphans", "folders", "presence"}


async def test_handlers_start_within_milliseconds(valkey_url: str, tmp_path: Path) -> None:
    started: dict[str, float] = {}

    async def run(job: Job, _: Context) -> Outcome:
        started[job.id] = time.monotonic()
        return Outcome(status=Status.CLOSED)

    waits = []
    async with open_worker(valkey_url, tmp_path, run) as process:
        for _ in range(15):
            job = await process.submit()
            accepted = time.monotonic()
            await process.wait_for_end(job)
            waits.append(started[job.id] - accepted)
    # A pause of ours would be in most of them; what a busy machine adds is not.
    assert quantiles(waits, n=4)[0] < 0.05, waits


async def test_reserved_place_undoes_while_a_long_job_runs(valkey_url: str, tmp_path: Path) -> None:
    undone = asyncio.Event()

    async def run_until_undone(_: Job, __: Context) -> Outcome:
        await undone.wait()
        return Outcome(status=Status.CLOSED)

    async with open_worker(valkey_url, tmp_path, run_until_undone) as process:
        long = await process.submit(tenant="acme")
        await process.wait_for_start(long)
        handed_off = await process.submit(tenant="globex")
        claim = await process.rig.store.claim(Event(job_id=handed_off.id, attempt=1), "another worker")
        assert claim is not None
        await process.rig.store.hand_off(claim)
        await process.rig.store.request_cancel(handed_off.id, make_cancellation())
        ended = await process.wait_for_end(handed_off)
        assert (ended.status, ended.summary) == (Status.CANCELLED, UNDONE)
        assert (await process.rig.store.get(long.id)).status is Status.IN_PROGRESS
        undone.set()
        assert (await process.wait_for_end(long)).status is Status.CLOSED


async def test_lost_connections_cost_nothing(valkey_url: str, tmp_path: Path) -> None:
    async with open_worker(valkey_url, tmp_path, run_slowly) as process:
        job = await process.submit()
        await process.wait_for_start(job)
        for _ in range(5):
            for kind in ("normal", "pubsub"):
                await send(process.rig.client, "CLIENT", "KILL", "TYPE", kind)
            await asyncio.sleep(0.1)
        ended = await process.wait_for_end(job)
        assert (ended.status, ended.attempt, ended.crashes) == (Status.CLOSED, 1, 0)
        assert (await process.wait_for_end(await process.submit())).status is Status.CLOSED


async def test_place_is_given_back_when_the_store_fails_in_between(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_worker(valkey_url, tmp_path) as process:
        await asyncio.sleep(0.1)
        pool, failures = process.queues.pool, iter(range(3))
        make_pipeline = pool.pipeline

        def fail_thrice(*arguments: Any, **options: Any) -> Any:
            if next(failures, None) is not None:
                raise RedisConnectionError("gone")
            return make_pipeline(*arguments, **options)

        monkeypatch.setattr(pool, "pipeline", fail_thrice)
        assert (await process.wait_for_end(await process.submit())).status is Status.CLOSED


@pytest.mark.parametrize(
    "payload",
    [
        b"no JSON",
        b"[]",
        b'{"t":null,"f":"unknown","a":[],"k":{},"et":1}',
        b'{"t":null,"f":"handle_event","a":[{}],"k":{},"et":1}',
    ],
)
async def test_rubbish_in_the_queue_is_dropped(valkey_url: str, tmp_path: Path, payload: bytes) -> None:
    async with open_worker(valkey_url, tmp_path) as process:
        await process.queues.pool.set("arq:job:rubbish:1", payload)
        await process.rig.client.zadd("{ours}:queue:work", {"rubbish:1": 1})
        assert (await process.wait_for_end(await process.submit())).status is Status.CLOSED
        assert await process.rig.queued("work") == []


class TestOnce:
    async def test_takes_one_event(self, valkey_url: str, tmp_path: Path) -> None:
        async with open_worker(valkey_url, tmp_path, patience=10.0) as process:
            first, second = [await process.submit(tenant=tenant) for tenant in ("acme", "globex")]
            await asyncio.wait_for(process.serving, 20.0)
            statuses = {(await process.rig.store.get(job.id)).status for job in (first, second)}
            assert statuses == {Status.CLOSED, Status.CREATED}

    async def test_takes_from_one_queue_only(self, valkey_url: str, tmp_path: Path) -> None:
        async with open_valkey_rig(valkey_url) as rig:
            work, undo = [await rig.store.submit(make_job(tenant), when_busy=WhenBusy.QUEUE) for tenant in ("a", "b")]
            claim = await rig.store.claim(Event(job_id=undo.id, attempt=1), "another worker")
            assert claim is not None
            await rig.store.hand_off(claim)
            await rig.store.request_cancel(undo.id, make_cancellation())
            async with open_worker(valkey_url, tmp_path, patience=10.0) as process:
                await asyncio.wait_for(process.serving, 20.0)
            jobs = [await rig.store.get(each.id) for each in (work, undo)]
            assert sorted(is_ended(job) for job in jobs) == [False, True]
            assert len([*await rig.queued("work"), *await rig.queued("undo")]) == 1

    async def test_goes_on_after_an_event_that_leads_to_no_job(self, valkey_url: str, tmp_path: Path) -> None:
        async with open_worker(valkey_url, tmp_path, patience=10.0) as process:
            await process.queues.pool.set(
                "arq:job:gone:1", b'{"t":null,"f":"handle_event","a":[{"job_id":"gone","attempt":1}],"k":{},"et":1}'
            )
            await process.rig.client.zadd("{ours}:queue:work", {"gone:1": 1})
            while await process.rig.queued("work"):  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.01)
            assert (await process.wait_for_end(await process.submit())).status is Status.CLOSED
            await asyncio.wait_for(process.serving, 20.0)

    async def test_does_not_wait_for_ever(self, valkey_url: str, tmp_path: Path) -> None:
        async with open_worker(valkey_url, tmp_path, patience=0.2) as process:
            await asyncio.wait_for(process.serving, 10.0)

    async def test_a_job_may_last_longer_than_the_wait_for_it(self, valkey_url: str, tmp_path: Path) -> None:
        async def run_for_long(_: Job, __: Context) -> Outcome:
            await asyncio.sleep(3.0)
            return Outcome(status=Status.CLOSED)

        async with open_valkey_rig(valkey_url) as rig:
            job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
            async with open_worker(valkey_url, tmp_path, run_for_long, patience=2.0) as process:
                await asyncio.wait_for(process.serving, 20.0)
            ended = await rig.store.get(job.id)
        assert (ended.status, ended.attempt) == (Status.CLOSED, 1)
