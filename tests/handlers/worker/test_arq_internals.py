"""arq's insides are still those that we reach into."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import Any, cast

import pytest
from arq.connections import ArqRedis
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from handlers.worker import arq_internals
from handlers.worker.arq_internals import GatedWorker, list_tasks, restore_places

PLACES = 3


def test_the_docstring_names_the_version_that_is_installed() -> None:
    assert f"arq {version('arq')} " in (arq_internals.__doc__ or "")


class Pool:
    """A store that has one event, and fails when it is to be taken."""

    asked = 0

    async def zrangebyscore(self, *_: Any, **__: Any) -> list[bytes]:
        self.asked += 1
        return [b"event"]

    def pipeline(self, **_: Any) -> Any:
        raise ConnectionError("gone")

    async def psetex(self, *_: Any) -> None:
        pass

    async def zcard(self, *_: Any) -> int:
        return 0


async def answer(_: object) -> None:
    pass


def make_worker(pool: Pool) -> Worker:
    return Worker(
        functions=[func(cast("WorkerCoroutine", answer), name="answer")],
        queue_name="queue",
        redis_pool=cast("ArqRedis", pool),
        handle_signals=False,
        max_jobs=PLACES,
        health_check_interval=3600,
    )


async def count_free_places(worker: Worker) -> int:
    free = 0
    while not worker.sem.locked():
        await worker.sem.acquire()
        free += 1
    return free


async def lose_place(worker: Worker) -> None:
    with pytest.raises(ConnectionError):
        await worker._poll_iteration()


async def test_a_place_is_lost_when_the_store_fails_in_between() -> None:
    worker = make_worker(Pool())
    await lose_place(worker)
    assert (worker.job_counter, await count_free_places(worker)) == (1, PLACES)


async def test_places_are_restored() -> None:
    worker = make_worker(Pool())
    for _ in range(PLACES):
        await lose_place(worker)
    await restore_places(worker)
    assert worker.job_counter == 0
    assert await count_free_places(worker) == PLACES + 1  # arq's own number: one more waits for its turn


async def test_places_of_events_under_way_stay_taken() -> None:
    worker, forever = make_worker(Pool()), asyncio.create_task(asyncio.sleep(60))
    worker.tasks |= {"under way": forever, "done": asyncio.create_task(asyncio.sleep(0))}
    await asyncio.sleep(0)
    await restore_places(worker)
    assert list_tasks(worker) == [forever]
    assert worker.job_counter == 1
    assert await count_free_places(worker) == PLACES
    forever.cancel()


class Gate:
    """Whether two workers may take events, and the lock that they share."""

    def __init__(self) -> None:
        self.is_open = False
        self.picking = asyncio.Lock()
        self.pace = 0.0
        self.pool = Pool()

    def make_worker(self) -> GatedWorker:
        return GatedWorker(
            picking=self.picking,
            may_take=lambda: self.is_open,
            functions=[func(cast("WorkerCoroutine", answer), name="answer")],
            name_queue=lambda: "queue",
            pace=lambda: self.pace,
            redis_pool=cast("ArqRedis", self.pool),
            handle_signals=False,
            poll_delay=0.001,
        )


async def test_it_looks_no_more_often_than_its_pace_is() -> None:
    gate = Gate()
    worker, gate.is_open = gate.make_worker(), True
    await lose_place(worker)
    gate.pace = 3600.0
    await lose_place(worker)
    assert gate.pool.asked == 2
    await worker._poll_iteration()
    assert gate.pool.asked == 2


async def test_no_event_is_taken_while_that_is_not_allowed() -> None:
    gate = Gate()
    worker = gate.make_worker()
    await worker._poll_iteration()
    assert gate.pool.asked == 0
    gate.is_open = True
    await lose_place(worker)
    assert gate.pool.asked == 1


async def test_no_event_is_picked_up_while_another_holds_the_lock() -> None:
    gate = Gate()
    gate.is_open = True
    async with gate.picking:
        looking = asyncio.create_task(gate.make_worker()._poll_iteration())
        await asyncio.sleep(0.05)
        assert gate.pool.asked == 0
    with pytest.raises(ConnectionError):
        await looking
    assert gate.pool.asked == 1
