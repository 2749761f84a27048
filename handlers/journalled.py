"""Begins, undoes and settles jobs that keep a journal in the graph."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from handlers.attempts.context import Context
from handlers.attempts.lease import Lease
from handlers.cleanup.orphans import PAUSE_SECONDS, clear_holder
from shared.errors import ImportInProgressError, JobEndedError, LabelHeldError
from shared.graph import GraphCounts
from shared.jobs.record import Job, Phase, Progress
from shared.jobs.summaries import Summary, UndoReport
from shared.ports.graph_target import GraphTarget
from shared.ports.import_plans import JournalPhase

Begun = TypeVar("Begun")


def count_removed(lease: Lease) -> Callable[[GraphCounts], None]:
    """Return what adds up, in the job's progress, what is removed; the next renewal tells it."""

    def add(removed: GraphCounts) -> None:
        done = lease.progress
        lease.progress = replace(
            done,
            nodes_done=done.nodes_done + removed.nodes,
            relationships_done=done.relationships_done + removed.relationships,
        )

    return add


async def undo_journalled(job: Job, context: Context) -> Summary:
    """Remove whatever attempts of the job wrote. Raises: JobEndedError when it is published."""
    opened = await context.target(job.database).resume(job.id, context.claim.fence)
    if opened is None:
        return Summary(undone=UndoReport(nodes_removed=0, relationships_removed=0, nodes_left=0))
    if opened.phase is JournalPhase.PUBLISHED:
        raise JobEndedError(f"What job {job.id} does to the database is done, and cannot be undone.")
    await context.advance(Progress(phase=Phase.UNDOING))
    opened.on_removed(count_removed(context.lease))
    return Summary(undone=await opened.undo())


async def settle_journalled(job: Job, context: Context) -> None:
    """Drop the journal, now that the job's record says that it ended."""
    opened = await context.target(job.database).resume(job.id, context.claim.fence)
    if opened is not None and opened.phase is JournalPhase.PUBLISHED:
        await opened.forget()


async def begin_journalled(target: GraphTarget, begin: Callable[[], Awaitable[Begun]], context: Context) -> Begun:
    """Begin, or judge, what claims names, once orphans that hold one of them are out of the way.

    Raises: what `begin` and advance raise.
    """
    while True:
        try:
            return await begin()
        except (ImportInProgressError, LabelHeldError) as error:
            context.log.info("name or label held by another import", job=error.holder)
            if not await context.insist(partial(clear_holder, error.holder, target, context)):
                break
        await context.advance(context.lease.progress)
        await asyncio.sleep(PAUSE_SECONDS)
    # It may have ended since.
    return await begin()
