"""Submits the job of a claimed time, and tells what became of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from gateway.dialects.native.schedules.judging import make_submission, require_owner
from gateway.metrics import GatewayMetrics
from gateway.submission.submit import submit
from shared.errors import GraphferryError, ScheduleOverlapError, UnavailableError, UnknownJobError
from shared.jobs.record import Job
from shared.ports.jobs import JobStore
from shared.ports.schedules import RunClaim
from shared.resources import Resources
from shared.schedules.planning import PUNCTUAL_SECONDS
from shared.schedules.record import Overlap, Run, RunOutcome, derive_job_id


async def run_claim(resources: Resources, metrics: GatewayMetrics, claim: RunClaim, now: datetime) -> None:
    """Submit the job of a claimed time, the same one however often, and note what became of it.

    Raises: UnavailableError, and what nobody foresaw, where it is worth while to try again: the claim then runs out,
    and goes to whoever looks.
    """
    try:
        run = await _submit(resources, metrics, claim, now)
    except Exception as error:
        known = error if isinstance(error, GraphferryError) else None
        if (known is None or isinstance(known, UnavailableError)) and _may_wait(claim, now):
            raise
        if known is None:
            structlog.get_logger(__name__).exception("scheduled job not submitted", schedule=claim.schedule.id)
        run = _failed(claim, known or GraphferryError(f"The job could not be submitted: {error!r}."))
    await _settle(resources, metrics, claim, run)


async def run_at_once(resources: Resources, metrics: GatewayMetrics, claim: RunClaim) -> Run:
    """Submit the job that somebody asks for, and note what became of it.

    Raises: ScheduleOverlapError; as submit; ForbiddenError.
    """
    try:
        run = await _submit(resources, metrics, claim, claim.due)
    except GraphferryError as error:
        await _settle(resources, metrics, claim, _failed(claim, error))
        raise
    await _settle(resources, metrics, claim, run)
    return run


def _failed(claim: RunClaim, error: GraphferryError) -> Run:
    outcome = RunOutcome.SKIPPED if isinstance(error, ScheduleOverlapError) else RunOutcome.FAILED
    return Run(due=claim.due, outcome=outcome, code=error.code, reason=error.message, by=claim.by)


async def _settle(resources: Resources, metrics: GatewayMetrics, claim: RunClaim, run: Run) -> None:
    if await resources.schedules.settle(claim, run):
        metrics.schedules.count(run)
        tell_run(claim.schedule.tenant, claim.schedule.id, run)


def tell_run(tenant: str, schedule_id: str, run: Run) -> None:
    """Have the log tell what became of a time."""
    log = structlog.get_logger(__name__)
    told = log.info if run.outcome is RunOutcome.SUBMITTED else log.warning
    fields = {"job_id": run.job_id, "code": run.code, "reason": run.reason, "by": run.by}
    told(
        f"scheduled job {run.outcome}",
        tenant=tenant,
        schedule=schedule_id,
        due=run.due,
        number=run.number,
        **{name: value for name, value in fields.items() if value is not None},
    )


def _may_wait(claim: RunClaim, now: datetime) -> bool:
    """Whether a time may still be run later; who asks for one is told at once."""
    bound = timedelta(seconds=max(claim.schedule.catch_up_seconds, PUNCTUAL_SECONDS))
    return claim.by is None and now - claim.due < bound


async def _submit(resources: Resources, metrics: GatewayMetrics, claim: RunClaim, now: datetime) -> Run:
    """Raises: what submit raises; ForbiddenError, ScheduleOverlapError."""
    schedule, job_id = claim.schedule, derive_job_id(claim.schedule.id, claim.due)
    if (known := await _find(resources.jobs, job_id)) is not None:
        return _submitted(claim, known)
    if schedule.overlap is Overlap.SKIP and (last := await _find_unfinished(resources, claim)) is not None:
        raise ScheduleOverlapError(last.id)
    caller = await require_owner(resources.identity, schedule)
    try:
        submission = make_submission(schedule, caller, job_id=job_id, now=now)
        return _submitted(claim, await submit(resources, metrics, submission))
    except GraphferryError:
        # Whoever had the claim before may have submitted it meanwhile, and its job may be why this one is refused.
        if (known := await _find(resources.jobs, job_id)) is None:
            raise
        return _submitted(claim, known)


def _submitted(claim: RunClaim, job: Job) -> Run:
    return Run(due=claim.due, outcome=RunOutcome.SUBMITTED, job_id=job.id, by=claim.by)


async def _find(jobs: JobStore, job_id: str) -> Job | None:
    with suppress(UnknownJobError):
        return await jobs.get(job_id)
    return None


async def _find_unfinished(resources: Resources, claim: RunClaim) -> Job | None:
    """Find the job of a time before that has not ended."""
    for run in await resources.schedules.list_runs(claim.schedule.tenant, claim.schedule.id):
        if run.job_id is None or run.ended is not None:
            continue
        job = await _find(resources.jobs, run.job_id)
        if job is not None and not job.has_ended:
            return job
    return None
