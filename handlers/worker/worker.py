"""Takes events through arq for as long as the process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from handlers.attempts.context import Handler
from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.lease import Leases
from handlers.cleanup.folders import make_folder_sweep
from handlers.cleanup.logs import make_log_completing, make_log_sweep
from handlers.cleanup.orphans import make_orphan_sweeps
from handlers.cleanup.retention import make_retention_sweep
from handlers.worker.metrics import WorkerMetrics
from handlers.worker.pace import Pace
from handlers.worker.presence import make_announcer
from handlers.worker.stopping import Stop, wait_for_any
from handlers.worker.taker import Taker
from shared.concurrency.loops import Loop, background, cancel_all, growing
from shared.jobs.events import Event
from shared.jobs.record import JobKind
from shared.reaper import make_reaper
from shared.resources import EventQueues, Resources
from shared.rights.naming import make_naming
from shared.service_manager import tell_ready

STOP_SECONDS = 4.0
"""From the order to hand off to the last hand-off, so that all is over within five."""


class WorkerProcess:
    """What one worker does: takes events, hears hints, reaps, stops when told.

    With a patience it takes a single event, and stops when it has answered that, or none came within so many seconds.
    """

    def __init__(
        self,
        resources: Resources,
        queues: EventQueues,
        handlers: Mapping[JobKind, Handler],
        *,
        stop: Stop,
        patience: float | None = None,
        metrics: WorkerMetrics | None = None,
    ) -> None:
        settings = resources.settings
        self._resources = resources
        self._stop = stop
        self._patience = patience
        self._answered = asyncio.Event()
        self._is_taking = True
        self._picking = asyncio.Lock()
        self._pace = Pace()
        self._metrics = metrics or WorkerMetrics()
        self._leases = Leases(resources.jobs, settings, tell_phase=self._metrics.count_phase, tracer=resources.tracer)
        self._dispatcher = Dispatcher(resources=resources, handlers=handlers, leases=self._leases)
        places = {
            "work": settings.max_jobs if patience is None else 1,
            # A place kept free: long jobs must not delay a cancel.
            "undo": 1,
        }
        self._takers = [
            Taker(
                queues,
                queue,
                self._answer,
                places=number,
                picking=self._picking,
                may_take=self._may_take,
                pace=self._pace,
                settings=settings,
            )
            for queue, number in places.items()
        ]

    async def serve(self) -> None:
        """Serve until told to stop, or the one event is answered; then drain, and hand off what is not done."""
        log = structlog.get_logger(__name__)
        try:
            async with background(*self._loops(), count=self._metrics.count_loop_error):
                log.info("worker started")
                if not self._stop.is_kept:
                    tell_ready()
                try:
                    await wait_for_any(self._stop.asked.wait(), self._finish_once())
                    await self._drain()
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
            make_log_completing(self._resources),
            make_retention_sweep(self._resources),
            make_announcer(self._resources.jobs, is_draining=self._stop.asked.is_set, pace=self._pace),
            make_naming(self._resources),
        ]

    async def _answer(self, event: Event) -> None:
        was_there = True
        try:
            was_there = await self._dispatcher.dispatch(event)
        finally:
            # Also after an error: the event may have been taken, although the store's answer was lost.
            if was_there:
                self._answered.set()

    def _may_take(self) -> bool:
        if self._stop.asked.is_set() or not self._is_taking:
            return False
        return self._patience is None or not (self._answered.is_set() or self._list_at_work())

    def _list_at_work(self) -> Sequence[asyncio.Task[None]]:
        return [each for taker in self._takers for each in taker.at_work]

    async def _finish_once(self) -> None:
        """Wait until the one event is answered, or none came in time; never over for a worker that takes many."""
        if self._patience is None:
            await asyncio.get_running_loop().create_future()
        await wait_for_any(self._answered.wait(), seconds=self._patience)
        await self._finish_work("waiting for the last event")

    async def _drain(self) -> None:
        seconds = self._resources.settings.drain_seconds
        if not self._stop.at_once.is_set():
            finishing = self._finish_work("draining: waiting for the jobs under way", seconds=seconds)
            await wait_for_any(self._stop.at_once.wait(), finishing, seconds=seconds)

    async def _finish_work(self, told: str, **fields: float) -> None:
        """Take nothing more, and wait until all that was taken is answered."""
        self._is_taking = False
        async with self._picking:
            at_work = self._list_at_work()
        if at_work:
            structlog.get_logger(__name__).info(told, jobs=len(at_work), **fields)
            await asyncio.wait(at_work)

    async def _stop_work(self) -> None:
        self._leases.request_shutdown()
        await wait_for_any(self._finish_work("handing off the jobs under way"), seconds=STOP_SECONDS)
        await cancel_all(self._list_at_work())
