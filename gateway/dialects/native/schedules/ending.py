"""Notes how the jobs of schedules ended, before their records are kept no more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import structlog

from gateway.dialects.native.schedules.keeping import remove_superfluous
from gateway.schedule_metrics import ScheduleFigures
from shared.concurrency.each import do_for_each
from shared.errors import UnknownArchiveError, UnknownJobError, UnknownScheduleError
from shared.jobs.record import Job, JobKind, Status
from shared.ports.schedules import OpenRun
from shared.resources import Resources
from shared.schedules.record import MadeArchive, Run


async def note_ended(resources: Resources, figures: ScheduleFigures) -> None:
    """Look at each job that was not seen to have ended. Raises: as do_for_each."""
    await do_for_each(await resources.schedules.list_open(), lambda run: _note(resources, figures, run))


async def _note(resources: Resources, figures: ScheduleFigures, open_run: OpenRun) -> None:
    try:
        job = await resources.jobs.get(open_run.run.job_id or "")
    except UnknownJobError as error:
        await resources.schedules.end(open_run, replace(open_run.run, code=error.code, reason=error.message), None)
        return
    if not job.has_ended:
        return
    made = await _find_made(resources, open_run, job)
    if await resources.schedules.end(open_run, _describe(open_run.run, job), made):
        figures.count_end(job.status)
        log = structlog.get_logger(__name__)
        log.info(
            "scheduled job ended", tenant=job.tenant, schedule=open_run.schedule_id, job_id=job.id, status=job.status
        )
        if made is not None:
            with suppress(UnknownScheduleError):  # it was deleted meanwhile
                stored = await resources.schedules.get(open_run.tenant, open_run.schedule_id)
                await remove_superfluous(resources, stored.schedule)


def _describe(run: Run, job: Job) -> Run:
    failure = job.failure
    told = (None, None) if failure is None else (failure.code, failure.message)
    return replace(run, status=str(job.status), ended=job.ended, code=told[0], reason=told[1])


async def _find_made(resources: Resources, open_run: OpenRun, job: Job) -> MadeArchive | None:
    """Find the archive of an export that closed; None where it is gone already, or another has its name."""
    if job.kind is not JobKind.EXPORT or job.status is not Status.CLOSED or job.archive is None:
        return None
    with suppress(UnknownArchiveError):
        stored = await resources.archives.get(job.tenant, job.archive.name)
        if stored.bytes == job.archive.bytes:
            return MadeArchive(
                name=stored.name, made=open_run.run.due, arrived=stored.arrived, bytes=stored.bytes, job_id=job.id
            )
    return None
