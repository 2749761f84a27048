"""Clears away imports whose jobs have ended without them, and lets the records of these jobs follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
from structlog.typing import FilteringBoundLogger

from handlers.attempts.context import Context
from handlers.cleanup.gone import forget_if_gone
from handlers.cleanup.late_endings import closed_late, undone_late
from shared.concurrency.interruptions import LeaseLost
from shared.concurrency.loops import Loop, every
from shared.errors import UnknownJobError
from shared.identity import ApplicationName
from shared.jobs.record import Job, Outcome
from shared.jobs.summaries import RemovedVersion, Summary
from shared.logs import open_job_log
from shared.ports.graph_source import GraphSource
from shared.ports.graph_target import GraphImport, GraphTarget
from shared.ports.identity import IdentityStore
from shared.ports.import_plans import JournalFacts, JournalPhase
from shared.ports.jobs import JobStore
from shared.resources import Resources

SWEEP_SECONDS = 30.0
"""How often each worker looks into each database; an orphan disturbs nobody but a new import of its name."""

PAUSE_SECONDS = 0.2
"""How long a new import waits before it looks again whether an orphan is gone."""


class Means(Protocol):
    """What a process and an attempt both have at hand."""

    @property
    def sources(self) -> Mapping[str, GraphSource]:
        """By the name of the database."""
        ...

    @property
    def jobs(self) -> JobStore:
        """The records of jobs."""
        ...

    @property
    def identity(self) -> IdentityStore:
        """Who has rights on what."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """What it takes to clear the orphans of a database away."""

    target: GraphTarget
    means: Means
    open_log: Callable[[str, str], AbstractAsyncContextManager[FilteringBoundLogger]]
    """Opens the log of a tenant's job."""

    async def sweep(self) -> None:
        """Clear all orphans away. Raises: StoreUnavailableError, and what the database raises."""
        for journal in await self.target.list_imports():
            if await self._is_orphan(journal):
                await self._clear(journal)

    async def clear_holder(self, job_id: str) -> bool:
        """Clear this orphan away; False when it is none."""
        found = [each for each in await self.target.list_imports() if each.job_id == job_id]
        if not found or not await self._is_orphan(found[0]):
            return False
        await self._clear(found[0])
        return True

    async def _is_orphan(self, journal: JournalFacts) -> bool:
        """Whether nobody will ever again work for the import's job."""
        try:
            job = await self.means.jobs.get(journal.job_id)
        except UnknownJobError:
            return True
        return job.has_ended

    async def _clear(self, journal: JournalFacts) -> None:
        log = structlog.get_logger(__name__).bind(job=journal.job_id, database=self.target.database)
        try:
            opened = await self.target.adopt(journal)
            if opened is not None:
                await self._complete(opened, journal.job_id, log)
        except LeaseLost:
            # The orphan's, not that of a job of ours.
            log.info("orphan left to another worker")

    async def _complete(self, opened: GraphImport, job_id: str, log: FilteringBoundLogger) -> None:
        match opened.phase:
            case JournalPhase.WRITING | JournalPhase.UNDOING:
                await self.means.identity.withdraw_imported(job_id)
                report = await opened.undo()
                log.info("orphan undone", nodes=report.nodes_removed, relationships=report.relationships_removed)
                await self._correct(job_id, log, partial(undone_late, report))
            case JournalPhase.PUBLISHING | JournalPhase.PUBLISHED:
                await opened.publish()
                # While the journal is there: whoever dies before this is done, and told, has a successor.
                await self._forget_removed(opened.summary)
                await self._correct(job_id, log, partial(closed_late, opened.summary))
                await opened.forget()
                log.info("orphan published and forgotten")

    async def _forget_removed(self, summary: Summary) -> None:
        database = self.target.database
        for name in {each.name for each in summary.applications_of(RemovedVersion)}:
            name_there, source = ApplicationName(database, name), self.means.sources[database]
            await forget_if_gone(name_there, source, self.means.identity)

    async def _correct(
        self, job_id: str, log: FilteringBoundLogger, make: Callable[[Job], tuple[Outcome, str]]
    ) -> None:
        """Let the record, and the job's log, say what became of the job after it had ended badly."""
        try:
            job = await self.means.jobs.get(job_id)
        except UnknownJobError:
            return
        outcome, told = make(job)
        if await self.means.jobs.correct(job_id, outcome):
            log.warning("the record of an ended job follows", told=job.status, status=outcome.status)
            async with self.open_log(job.tenant, job_id) as own:
                own.info(told, status=outcome.status)


def make_orphan_sweeps(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> Sequence[Loop]:
    """Make a loop for each database, which sweeps it about every so many seconds."""
    return [
        Loop(
            name="orphans",
            work=make_clearing(resources, target).sweep,
            pauses=every(seconds),
            event="not swept",
            reason="reason",
            fields={"database": target.database},
        )
        for target in resources.targets.values()
    ]


def make_clearing(resources: Resources, target: GraphTarget) -> Clearing:
    """Clear a database of this process."""
    return Clearing(target=target, means=resources, open_log=partial(open_job_log, resources.logs))


async def clear_holder(job_id: str, target: GraphTarget, context: Context) -> bool:
    """Clear this orphan away for a job that it stands in the way of; False when it is none."""
    return await Clearing(target=target, means=context, open_log=context.open_log).clear_holder(job_id)
