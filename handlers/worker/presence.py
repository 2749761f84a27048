"""Tells the store that this worker lives."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from handlers.attempts.lease import name_worker
from shared.loops import Loop, every
from shared.ports.jobs import WORKER_PATIENCE_SECONDS, JobStore


def make_announcer(jobs: JobStore) -> Loop:
    """Make the loop that announces this process three times as often as it would be missed."""
    return Loop(
        name="presence",
        work=partial(jobs.announce, name_worker(), started=datetime.now(UTC)),
        # Without a spread: a longer pause would leave less time for an announcement that fails.
        pauses=every(WORKER_PATIENCE_SECONDS / 3, spread=0.0),
        at_once=True,
        event="worker could not announce itself",
    )
