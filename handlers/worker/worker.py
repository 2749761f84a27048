"""Takes events through arq for as long as the process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import structlog

from handlers.attempts.context import Handler
from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.lease import Leases
from handlers.cleanup.folders import sweep_folders_forever
from handlers.cleanup.orphans import sweep_forever
from handlers.worker.presence import announce_forever
from handlers.worker.supervision import keep_going
from handlers.worker.taker import Taker
from shared.jobs.events import Event
from shared.jobs.record import JobKind
from shared.reaper import reap_forever
from shared.resources import EventQueues, Resources

STOP_SECONDS = 4.0
"""From SIGTERM to the last hand-off, so that all is over within five."""

CANCEL_AGAIN_SECONDS = 0.1
"""How long a loop that was told to end may take to do so before it is told again."""

ONCE_PATIENCE_SECONDS = 10.0
"""How long a worker that is to take one event waits for it."""


class WorkerProcess:
    """What one worker does: takes events, hears hints, reaps, stops when told."""

    def __init__(
        self,
        resources: Resources,
        queues: EventQueues,
        handlers: Mapping[JobKind, Handler],
        *,
        shutdown: asyncio.Event,
        once: bool = False,
    ) -> None:
        settings = resources.settings
        self._resources = resources
        self._shutdown = shutdown
        self._leases = Leases(resources.jobs, settings)
        self._dispatcher = Dispatcher(resources=resources, handlers=handlers, leases=self._leases)
        answer = self._answer_one if once else self._answer
        places = 1 if once else settings.max_jobs
        self._once = once
        self._takers = (
            Taker(queues, queues.work, answer, places=places, settings=settings),
            # A place kept free: long jobs must not delay a cancel.
            Taker(queues, queues.undo, answer, places=1, settings=settings),
        )

    async def serve(self) -> None:
        """Serve until the shutdown is set, then hand off what is not done."""
        loops = [asyncio.create_task(each) for each in self._loops()]
        log = structlog.get_logger(__name__)
        log.info("worker started")
        try:
            await self._shutdown.wait()
        finally:
            await self._stop_work()
            await _cancel(loops)
            log.info("worker stopped")

    def _loops(self) -> Sequence[Coroutine[Any, Any, None]]:
        patience = [self._stop_if_idle()] if self._once else []
        return [
            *(taker.take_forever() for taker in self._takers),
            keep_going("hints", self._leases.follow_hints),
            reap_forever(self._resources.jobs, seconds=self._resources.settings.reap_seconds),
            sweep_forever(self._resources),
            sweep_folders_forever(self._resources),
            announce_forever(self._resources.jobs),
            *patience,
        ]

    async def _answer(self, event: Event) -> None:
        await self._dispatcher.dispatch(event)

    async def _answer_one(self, event: Event) -> None:
        self._allow(taking=False)
        if await self._dispatcher.dispatch(event):
            self._shutdown.set()
        else:
            self._allow(taking=True)

    async def _stop_if_idle(self) -> None:
        await asyncio.sleep(ONCE_PATIENCE_SECONDS)
        if not any(taker.at_work for taker in self._takers):
            self._shutdown.set()

    def _allow(self, *, taking: bool) -> None:
        for taker in self._takers:
            taker.allow(taking=taking)

    async def _stop_work(self) -> None:
        self._allow(taking=False)
        self._leases.request_shutdown()
        at_work = [each for taker in self._takers for each in taker.at_work]
        if at_work:
            await asyncio.wait(at_work, timeout=STOP_SECONDS)
        await _cancel(at_work)


async def _cancel(loops: Sequence[asyncio.Task[None]]) -> None:
    pending = set(loops)
    while pending:
        for each in pending:
            each.cancel()
        # A library may take a cancellation that comes together with an answer for its own time-out's, and lose it.
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
