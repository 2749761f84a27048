"""Takes events through arq for as long as the process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from handlers.attempts.context import Handler
from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.lease import Leases
from handlers.cleanup.folders import make_folder_sweep
from handlers.cleanup.logs import make_log_sweep
from handlers.cleanup.orphans import make_orphan_sweeps
from handlers.worker.presence import make_announcer
from handlers.worker.taker import Taker
from shared.jobs.events import Event
from shared.jobs.record import JobKind
from shared.loops import Loop, background, cancel_all, growing
from shared.reaper import make_reaper
from shared.resources import EventQueues, Resources
from shared.rights.naming import make_naming

STOP_SECONDS = 4.0
"""From SIGTERM to the last hand-off, so that all is over within five."""

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
        log = structlog.get_logger(__name__)
        try:
            async with background(*self._loops()):
                log.info("worker started")
                try:
                    await self._wait_for_shutdown()
                finally:
                    await self._stop_work()
        finally:
            log.info("worker stopped")

    def _loops(self) -> Sequence[Loop]:
        return [
            *(taker.make_loop() for taker in self._takers),
            Loop(name="hints", work=self._leases.follow_hints, pauses=growing(), at_once=True),
            make_reaper(self._resources.jobs, seconds=self._resources.settings.reap_seconds),
            *make_orphan_sweeps(self._resources),
            make_folder_sweep(self._resources),
            make_log_sweep(self._resources),
            make_announcer(self._resources.jobs),
            make_naming(self._resources),
        ]

    async def _answer(self, event: Event) -> None:
        await self._dispatcher.dispatch(event)

    async def _answer_one(self, event: Event) -> None:
        self._allow(taking=False)
        if await self._dispatcher.dispatch(event):
            self._shutdown.set()
        else:
            self._allow(taking=True)

    async def _wait_for_shutdown(self) -> None:
        if self._once:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._shutdown.wait(), ONCE_PATIENCE_SECONDS)
            if not any(taker.at_work for taker in self._takers):
                self._shutdown.set()
        await self._shutdown.wait()

    def _allow(self, *, taking: bool) -> None:
        for taker in self._takers:
            taker.allow(taking=taking)

    async def _stop_work(self) -> None:
        self._allow(taking=False)
        self._leases.request_shutdown()
        at_work = [each for taker in self._takers for each in taker.at_work]
        if at_work:
            await asyncio.wait(at_work, timeout=STOP_SECONDS)
        await cancel_all(at_work)
