"""Clears away imports whose jobs have ended without them, and lets the records of these jobs follow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
from structlog.typing import FilteringBoundLogger

from handlers.cleanup.late_endings import closed_late, undone_late
from shared.errors import UnknownJobError
from shared.interruptions import LeaseLost
from shared.jobs.record import TERMINAL_STATUSES, Job, Outcome
from shared.loops import Loop, every
from shared.ports.graph_target import GraphImport, GraphTarget
from shared.ports.import_plans import JournalFacts, JournalPhase
from shared.ports.jobs import JobStore
from shared.resources import Resources

SWEEP_SECONDS = 30.0
"""How often each worker looks into each database; an orphan disturbs nobody but a new import of its name."""

PAUSE_SECONDS = 0.2
"""How long a new import waits before it looks again whether an orphan is gone."""


def make_orphan_sweeps(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> Sequence[Loop]:
    """Make a loop for each database, which sweeps it about every so many seconds."""
    return [
        Loop(
            name="orphans",
            work=partial(sweep, target, resources.jobs),
            pauses=every(seconds),
            event="not swept",
            reason="reason",
            fields={"database": target.database},
        )
        for target in resources.targets.values()
    ]


async def sweep(target: GraphTarget, jobs: JobStore) -> None:
    """Clear away a database's orphans. Raises: StoreUnavailableError, and what the database raises."""
    for journal in await target.list_imports():
        if await _is_orphan(journal, jobs):
            await _clear(journal, target, jobs)


async def clear_holder(job_id: str, target: GraphTarget, jobs: JobStore) -> bool:
    """Clear away this orphan; False when it is none."""
    found = [each for each in await target.list_imports() if each.job_id == job_id]
    if not found or not await _is_orphan(found[0], jobs):
        return False
    await _clear(found[0], target, jobs)
    return True


async def _is_orphan(journal: JournalFacts, jobs: JobStore) -> bool:
    """Whether nobody will ever again work for the import's job."""
    try:
        job = await jobs.get(journal.job_id)
    except UnknownJobError:
        return True
    return job.status in TERMINAL_STATUSES


async def _clear(journal: JournalFacts, target: GraphTarget, jobs: JobStore) -> None:
    log = structlog.get_logger(__name__).bind(job=journal.job_id, database=target.database)
    try:
        opened = await target.adopt(journal)
        if opened is not None:
            await _complete(opened, partial(_correct, journal.job_id, jobs, log), log)
    except LeaseLost:
        # The orphan's, not that of a job of ours.
        log.info("orphan left to another worker")


async def _complete(
    opened: GraphImport, correct: Callable[[Callable[[Job], Outcome]], Awaitable[None]], log: FilteringBoundLogger
) -> None:
    match opened.phase:
        case JournalPhase.WRITING | JournalPhase.UNDOING:
            report = await opened.undo()
            log.info("orphan undone", nodes=report.nodes_removed, relationships=report.relationships_removed)
            await correct(partial(undone_late, report))
        case JournalPhase.PUBLISHING | JournalPhase.PUBLISHED:
            await opened.publish()
            # While the journal is there: whoever dies before this is told has a successor.
            await correct(partial(closed_late, opened.summary))
            await opened.forget()
            log.info("orphan published and forgotten")


async def _correct(job_id: str, jobs: JobStore, log: FilteringBoundLogger, make: Callable[[Job], Outcome]) -> None:
    """Let the record say what became of the job after it had ended badly."""
    try:
        job = await jobs.get(job_id)
    except UnknownJobError:
        return
    outcome = make(job)
    if await jobs.correct(job_id, outcome):
        log.warning("the record of an ended job follows", told=job.status, status=outcome.status)
