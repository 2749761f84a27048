"""The background loop, in every process, that repairs what dead processes left."""

from __future__ import annotations

from functools import partial

import structlog

from shared.concurrency.loops import Loop, every
from shared.ports.jobs import JobStore


def make_reaper(jobs: JobStore, *, seconds: float) -> Loop:
    """Make the loop that reaps about every so many seconds."""
    return Loop(name="reaper", work=partial(_reap, jobs), pauses=every(seconds), event="jobs could not be reaped")


async def _reap(jobs: JobStore) -> None:
    if changed := await jobs.reap():
        structlog.get_logger(__name__).info("jobs reaped", changed=changed)
