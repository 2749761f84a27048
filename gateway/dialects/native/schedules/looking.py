"""Looks for what is due, and runs it beside what is under way."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from gateway.dialects.native.schedules.ending import note_ended
from gateway.dialects.native.schedules.running import run_claim, tell_run
from gateway.metrics import GatewayMetrics
from shared.concurrency.each import do_for_each
from shared.concurrency.loops import cancel_all
from shared.errors import InvalidRequestError
from shared.ports.schedules import PUT_OFF_SECONDS, DueSchedule, Look, RunClaim
from shared.resources import Resources
from shared.schedules.planning import plan

_PUT_OFF: Final = timedelta(seconds=PUT_OFF_SECONDS)

_AT_ONCE: Final = 32
"""Times that are run at once; no more are claimed, so that other gateways take the others."""

_OF_TENANT: Final = 2
"""Of one tenant."""

_OF_ONE: Final = 16
"""Places for tenants that have no other: several that hang leave room for others."""

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
        self._running: dict[asyncio.Task[None], str] = {}
        """With the tenant of each."""

    async def look(self) -> None:
        """Run each time that has come, unless another gateway does; then look at the jobs of earlier ones.

        Raises: as do_for_each; what went wrong since the last look.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + (math.inf if self._wait_seconds is None else self._wait_seconds)
        look = await self._begin_some()
        self._metrics.schedules.show(look)
        while (left := end - clock()) > 0:
            if not (look.due or look.taken_over):
                if not (unfinished := self._list_unfinished()):
                    break
                await asyncio.wait(unfinished, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            look = await self._begin_some()
        await note_ended(self._resources, self._metrics.schedules)
        self._raise_first()

    async def _begin_some(self) -> Look:
        """Begin what there are places for. Raises: as do_for_each."""
        busy = Counter(self._running[each] for each in self._list_unfinished())
        free = _AT_ONCE - busy.total()
        most, share = (free - _OF_ONE, _OF_TENANT) if free > _OF_ONE else (free, 1)
        look = await self._resources.schedules.look(most=most, of_tenant=share, busy=busy)
        for claim in look.taken_over:
            self._begin(claim, look)
        await do_for_each(look.due, lambda due: self._claim(due, look))
        return look

    def _list_unfinished(self) -> Sequence[asyncio.Task[None]]:
        return [each for each in self._running if not each.done()]

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
        work = run_claim(self._resources, self._metrics, claim, look.now)
        self._running[asyncio.create_task(work, name=f"schedule {claim.schedule.id}")] = claim.schedule.tenant

    def _raise_first(self) -> None:
        """Raise the first error of what has ended."""
        ended = [each for each in self._running if each.done()]
        for each in ended:
            del self._running[each]
        errors = [error for each in ended if (error := each.exception()) is not None]
        if errors:
            raise errors[0]
