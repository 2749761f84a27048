"""Takes one queue's events through arq."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast
from uuid import uuid4

import structlog
from arq.typing import WorkerCoroutine
from arq.worker import func

from handlers.attempts.endings import UNDO_GRACE_SECONDS
from handlers.worker.arq_internals import GatedWorker, list_tasks, restore_places
from handlers.worker.pace import POLL_SECONDS, Pace
from shared.concurrency.loops import Loop, growing
from shared.errors import UnavailableError
from shared.jobs.events import Event
from shared.resources import EventQueues
from shared.settings.process import Settings

QUEUE_READ_LIMIT = 1000
"""Events that arq looks at in one poll: far more than other workers have picked up and not yet claimed."""


HEALTH_SECONDS = 5.0


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
        picking: asyncio.Lock,
        may_take: Callable[[], bool],
        pace: Pace,
        settings: Settings,
    ) -> None:
        self._queues = queues
        self._queue = queue
        self._answer = answer
        self._worker = GatedWorker(
            picking=picking,
            may_take=may_take,
            pace=lambda: pace.seconds,
            functions=[func(cast("WorkerCoroutine", self._handle), name=queues.function)],
            name_queue=lambda: queues.name(queue),
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
            health_check_key=f"arq:health:{queue}:{uuid4()}",
            job_serializer=queues.serialize,
            job_deserializer=queues.deserialize,
            log_results=False,
        )

    def make_loop(self) -> Loop:
        """Make the loop that takes events."""
        return Loop(name=self._queues.name(self._queue), work=self._take, pauses=growing(), at_once=True)

    @property
    def at_work(self) -> Sequence[asyncio.Task[None]]:
        """What has not ended yet."""
        return list_tasks(self._worker)

    async def _take(self) -> None:
        await restore_places(self._worker)
        with self._queues.store_errors():
            await self._worker.main()

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
