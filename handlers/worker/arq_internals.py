"""What we use of arq 0.28.0 that is not public.

- `Worker.tasks`: the events that the worker is answering. Without it nobody waits for them at a stop.
- `Worker.allow_pick_jobs`: whether the worker takes further events. Without it a stopping worker takes some that it
  must give back, and a worker that is to take a single event takes several.
- `Worker._poll_iteration`: one look at the queue. Without it nobody knows whether an event is just being picked up, nor
  that the queue has another name since the store's keys were moved; and how often it looks is fixed.
- `Worker.sem`, `Worker.job_counter`, `Worker.max_jobs`: the places for events that are answered at the same time. arq
  forgets to give a place back when the store fails between taking the place and starting the work. Without them a
  worker has one place fewer after each such failure, and in the end takes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from arq.worker import Worker
from typing_extensions import override


class GatedWorker(Worker):
    """Takes events only while it may, and never at the same time as another one with the same lock.

    Whoever holds the lock knows of every event that was picked up. The queue's name, and the seconds to the next look,
    are asked for at each.
    """

    def __init__(
        self,
        *,
        picking: asyncio.Lock,
        may_take: Callable[[], bool],
        name_queue: Callable[[], str],
        pace: Callable[[], float],
        **options: Any,
    ) -> None:
        super().__init__(queue_name=name_queue(), **options)
        self._name_queue = name_queue
        self._picking = picking
        self._may_take = may_take
        self._pace = pace
        self._next_look = 0.0

    @override
    async def _poll_iteration(self) -> None:
        # arq calls this at a pace of its own, which it takes once.
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + self._pace() - self.poll_delay_s
        async with self._picking:
            self.allow_pick_jobs = self._may_take()
            self.queue_name = self._name_queue()
            await super()._poll_iteration()


def list_tasks(worker: Worker) -> Sequence[asyncio.Task[None]]:
    """List the events that the worker has not yet answered, each as the task that does so."""
    return [each for each in worker.tasks.values() if not each.done()]


async def restore_places(worker: Worker) -> None:
    """Free all places but those of events that are being answered; the worker must not take any meanwhile."""
    # A task that has just ended gives its place back in the next turn of the loop.
    await asyncio.sleep(0)
    busy = len(list_tasks(worker))
    worker.job_counter = busy
    worker.sem = asyncio.BoundedSemaphore(worker.max_jobs + 1)
    for _ in range(busy):
        await worker.sem.acquire()
