"""Looks for what is due, and runs it beside what is under way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final
from weakref import WeakValueDictionary

import structlog

from gateway.dialects.native.schedules.ending import note_ended
from gateway.dialects.native.schedules.running import run_claim, tell_run
from gateway.metrics import GatewayMetrics
from shared.concurrency.each import do_for_each
from shared.concurrency.loops import cancel_all
from shared.errors import InvalidRequestError
from shared.ports.schedules import CLAIM_SECONDS, PUT_OFF_SECONDS, DueSchedule, Look, RunClaim
from shared.resources import Resources
from shared.schedules.planning import plan

_PUT_OFF: Final = timedelta(seconds=PUT_OFF_SECONDS)

_MOST: Final = 50
"""Times that one look deals with: others come with the next."""

_AT_ONCE: Final = 16
"""Times that are run at once."""

_OF_TENANT: Final = 2
"""Of one tenant."""

_WAIT_SECONDS: Final = 2.0
"""How long a look waits for what it has begun: what takes longer goes on beside the next."""


class DueRuns:
    """What one gateway runs: of a tenant whose database is out of reach so little that no other waits for it."""

    def __init__(
        self, resources: Resources, metrics: GatewayMetrics, *, wait_seconds: float | None = _WAIT_SECONDS
    ) -> None:
        """`wait_seconds`: how long a look waits for what it has begun; None: for all of it."""
        self._resources = resources
        self._metrics = metrics
        self._wait_seconds = wait_seconds
        self._running: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._rooms: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def look(self) -> None:
        """Run each time that has come, unless another gateway does; then look at the jobs of earlier ones.

        Raises: as do_for_each; what went wrong since the last look.
        """
        look = await self._resources.schedules.look(most=_MOST)
        self._metrics.schedules.show(look)
        for claim in look.taken_over:
            self._begin(claim, look)
        await do_for_each(look.due, lambda due: self._claim(due, look))
        if self._running:
            await asyncio.wait(self._running, timeout=self._wait_seconds)
        await note_ended(self._resources)
        self._raise_first()

    async def aclose(self) -> None:
        """End what is under way; the claims run out, and go to another gateway."""
        await cancel_all(self._running)

    async def _claim(self, due: DueSchedule, look: Look) -> None:
        schedule, schedules = due.schedule, self._resources.schedules
        if await self._resources.identity.get_tenant(schedule.tenant) is None:
            structlog.get_logger(__name__).warning("schedules of a removed tenant deleted", tenant=schedule.tenant)
            await schedules.remove_all(schedule.tenant)
            return
        try:
            timetable = schedule.timetable
        except InvalidRequestError:
            await schedules.claim(due, run=None, missed=None, next_run=look.now + _PUT_OFF)
            raise
        planned = plan(schedule, timetable, due.due, look.now)
        is_ours, claim = await schedules.claim(due, run=planned.run, missed=planned.missed, next_run=planned.next_run)
        if is_ours and planned.missed is not None:
            self._metrics.schedules.count(planned.missed)
            tell_run(schedule.tenant, schedule.id, planned.missed)
        if claim is not None:
            self._begin(claim, look)

    def _begin(self, claim: RunClaim, look: Look) -> None:
        name = f"schedule {claim.schedule.id}"
        self._running.add(asyncio.create_task(self._run(claim, look), name=name))

    async def _run(self, claim: RunClaim, look: Look) -> None:
        """Run a claim once there is room; one that has run out meanwhile is another's, or comes again."""
        clock = asyncio.get_running_loop().time
        end = clock() + CLAIM_SECONDS
        async with self._rooms.setdefault(claim.schedule.tenant, asyncio.Semaphore(_OF_TENANT)), self._room:
            if clock() < end:
                await run_claim(self._resources, self._metrics, claim, look.now)

    def _raise_first(self) -> None:
        """Raise the first error of what has ended."""
        ended = [each for each in self._running if each.done()]
        self._running.difference_update(ended)
        errors = [error for each in ended if (error := each.exception()) is not None]
        if errors:
            raise errors[0]
