"""Takes events through arq for as long as the process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, cast
from uuid import uuid4

import structlog
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from handlers.attempts.context import Handler
from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.endings import UNDO_GRACE_SECONDS
from handlers.attempts.lease import Leases
from handlers.cleanup.folders import sweep_folders_forever
from handlers.cleanup.orphans import sweep_forever
from handlers.worker.presence import announce_forever
from handlers.worker.supervision import keep_going
from shared.errors import UnavailableError
from shared.jobs.events import Event
from shared.jobs.record import JobKind
from shared.reaper import reap_forever
from shared.resources import EventQueues, Resources
from shared.settings import Settings

POLL_SECONDS = 0.02
"""Half of it is what an event waits on average; a poll of an empty queue costs a fifth of a millisecond."""

QUEUE_READ_LIMIT = 1000
"""Events that arq looks at in one poll: far more than other workers have picked up and not yet claimed."""

HEALTH_SECONDS = 5.0

STOP_SECONDS = 4.0
"""From SIGTERM to the last hand-off, so that all is over within five."""

CANCEL_AGAIN_SECONDS = 0.1
"""How long a loop that was told to end may take to do so before it is told again."""

ONCE_PATIENCE_SECONDS = 10.0
"""How long a worker that is to take one event waits for it."""


class Taker:
    """Takes one queue's events through an arq Worker that survives every error.

    arq carries news, no more: its retries, results, aborts and shutdown are all off, since the job store has its own.
    """

    def __init__(
        self,
        queues: EventQueues,
        queue: str,
        answer: Callable[[Event], Awaitable[None]],
        *,
        places: int,
        settings: Settings,
    ) -> None:
        self._queues = queues
        self._queue = queue
        self._answer = answer
        self._worker = Worker(
            functions=[func(cast("WorkerCoroutine", self._handle), name=queues.function)],
            queue_name=queue,
            redis_pool=queues.pool,
            handle_signals=False,
            max_jobs=places,
            job_timeout=_longest_attempt(settings),
            keep_result=0,
            poll_delay=POLL_SECONDS,
            queue_read_limit=QUEUE_READ_LIMIT,
            max_tries=1,
            retry_jobs=False,
            allow_abort_jobs=False,
            health_check_interval=HEALTH_SECONDS,
            health_check_key=f"{queue}:health:{uuid4()}",
            job_serializer=queues.serialize,
            job_deserializer=queues.deserialize,
            log_results=False,
        )

    async def take_forever(self) -> None:
        """Take events until cancelled."""
        await keep_going(self._queue, self._take)

    def allow(self, *, taking: bool) -> None:
        """Start or stop to take further events."""
        self._worker.allow_pick_jobs = taking

    @property
    def at_work(self) -> Sequence[asyncio.Task[None]]:
        """What has not ended yet."""
        return [each for each in self._worker.tasks.values() if not each.done()]

    async def _take(self) -> None:
        await self._restore_places()
        await self._worker.main()

    async def _restore_places(self) -> None:
        # arq forgets to give a place back when the store fails between taking the place and starting the work.
        await asyncio.sleep(0)
        busy = len(self.at_work)
        self._worker.job_counter = busy
        self._worker.sem = asyncio.BoundedSemaphore(self._worker.max_jobs + 1)
        for _ in range(busy):
            await self._worker.sem.acquire()

    async def _handle(self, _: dict[str, object], argument: object) -> None:
        log = structlog.get_logger(__name__)
        try:
            await self._answer(self._queues.parse(argument))
        except UnavailableError as error:
            # The reaper finds the event missing, or the lease over, and queues the next attempt.
            log.warning("event not answered", argument=argument, error=error.message)
        except Exception:
            log.exception("event not answered", argument=argument)


def _longest_attempt(settings: Settings) -> float:
    return settings.longest_deadline + 2 * UNDO_GRACE_SECONDS


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
