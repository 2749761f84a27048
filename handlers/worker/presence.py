"""Tells the store that this worker lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from handlers.attempts.lease import name_worker
from handlers.worker.pace import Pace
from shared.concurrency.loops import Loop, every
from shared.ports.jobs import CLOCK_PATIENCE_SECONDS, WORKER_PATIENCE_SECONDS, JobStore


@dataclass(slots=True, kw_only=True)
class _Announcements:
    """What this worker tells, and whether it has told that its clock is odd."""

    jobs: JobStore
    started: datetime
    is_draining: Callable[[], bool]
    pace: Pace
    has_told: bool = False

    async def announce(self) -> None:
        """Tell that this worker lives, and log once when its clock becomes odd."""
        told = await self.jobs.announce(
            name_worker(), started=self.started, now=datetime.now(UTC), is_draining=self.is_draining()
        )
        self.pace.workers, ahead = told.workers, told.ahead_seconds
        is_odd = abs(ahead) > CLOCK_PATIENCE_SECONDS
        if is_odd and not self.has_told:
            structlog.get_logger(__name__).warning("this worker's clock is not the store's", ahead_seconds=round(ahead))
        self.has_told = is_odd


def make_announcer(
    jobs: JobStore, is_draining: Callable[[], bool] = lambda: False, *, pace: Pace | None = None
) -> Loop:
    """Make the loop that announces this process three times as often as it would be missed, and sets its pace."""
    told = _Announcements(jobs=jobs, started=datetime.now(UTC), is_draining=is_draining, pace=pace or Pace())
    return Loop(
        name="presence",
        work=told.announce,
        # Without a spread: a longer pause would leave less time for an announcement that fails.
        pauses=every(WORKER_PATIENCE_SECONDS / 3, spread=0.0),
        at_once=True,
        event="worker could not announce itself",
    )
