"""Turns every way a handler can end into one outcome: the only writer of final status."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog
from structlog.typing import FilteringBoundLogger

from handlers.attempts.context import Context, Handler
from handlers.attempts.endings import (
    RETRY_PAUSE_SECONDS,
    Abandon,
    Ending,
    HandOff,
    Undo,
    add_failed_undo,
    find_early_ending,
    is_in_time,
    judge_failure,
    judge_interruption,
    judge_unknown,
    may_pass_later,
)
from handlers.attempts.lease import Lease, Leases, name_worker
from handlers.attempts.permission import list_hidden_from_submitter, require_permission
from handlers.attempts.supervision import supervise
from handlers.attempts.views import Views
from handlers.log_completing import try_completing
from shared.archive.manifest import TOOL_VERSION
from shared.concurrency.interruptions import Interruption, LeaseLost
from shared.errors import GraphferryError
from shared.jobs.events import Event
from shared.jobs.record import JobKind, Outcome, Status
from shared.jobs.summary_json import to_json
from shared.logs import naming_trace, open_job_log
from shared.ports.job_logs import LogName
from shared.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Gives events to handlers."""

    resources: Resources
    handlers: Mapping[JobKind, Handler]
    leases: Leases

    async def dispatch(self, event: Event) -> bool:
        """Answer an event; False when its attempt was not there to be taken. Raises: StoreUnavailableError."""
        async with self.leases.hold(event) as lease:
            if lease is None:
                return False
            job = lease.claim.job
            trace_id = lease.spans.trace_id
            with naming_trace(trace_id):
                async with open_job_log(self.resources.logs, job.tenant, job.id) as log:
                    await lease.spans.link(self.resources.jobs)
                    bound = log.bind(attempt=event.attempt, trace_id=trace_id)
                    has_ended = await self._conduct(lease, self._make_context(lease, bound))
                if has_ended:
                    await try_completing(self.resources.logs, LogName(tenant=job.tenant, job_id=job.id))
            return True

    def _make_context(self, lease: Lease, log: FilteringBoundLogger) -> Context:
        return Context(
            claim=lease.claim,
            archives=self.resources.archives,
            log=log,
            lease=lease,
            jobs=self.resources.jobs,
            identity=self.resources.identity,
            sources=Views(self.resources.sources, lambda each: each.for_job()),
            targets=Views(self.resources.targets, lambda each: each.for_job()),
            foreign=self.resources.foreign,
            limits=self.resources.limits,
            reference_keys=self.resources.settings.reference_keys,
            open_log=partial(open_job_log, self.resources.logs),
            find_hidden=partial(list_hidden_from_submitter, self.resources, lease.claim.job),
        )

    async def _conduct(self, lease: Lease, context: Context) -> bool:
        """Do the job, and write how it ended; whether it has."""
        job, log = context.job, context.log
        log.info("attempt started", worker=name_worker(), kind=job.kind, database=job.database, crashes=job.crashes)
        ending: Ending
        if job.unsupported:
            log.warning("this worker does not know the job", unknown=job.unsupported, version=TOOL_VERSION)
            ending = judge_unknown(job)
        else:
            ending = find_early_ending(job) or await self._do(context)
        if isinstance(ending, Undo):
            ending = await _undo(self.handlers, context, ending)
        written = await self._write(ending, lease)
        _report(ending, context, written=written)
        has_ended = written and isinstance(ending, Outcome)
        if has_ended and not job.unsupported:
            await _settle(self.handlers[job.kind], context)
        return has_ended

    async def _do(self, context: Context) -> Ending:
        try:
            outcome = await supervise(partial(self._run, context), context.lease)
            if outcome.status is Status.CLOSED and not context.lease.is_final:
                # A cancel that was accepted must not end in a closed job.
                await context.refuse_cancel()
            return outcome
        except Interruption as interruption:
            context.log.info("interrupted", by=type(interruption).__name__)
            return judge_interruption(interruption)
        except Exception as error:
            context.log.exception("attempt failed")
            if context.lease.is_final and self._goes_on(error, context):
                return HandOff(pause_seconds=RETRY_PAUSE_SECONDS)
            return judge_failure(error)

    def _goes_on(self, error: Exception, context: Context) -> bool:
        """Whether a job that failed past its point of no return is left to the next attempt."""
        overtime = context.lease.overtime
        if self.handlers[context.job.kind].only_forward:
            return is_in_time(overtime)
        return may_pass_later(error, overtime)

    async def _run(self, context: Context) -> Outcome:
        job = context.job
        await require_permission(self.resources, job, context)
        return await self.handlers[job.kind].run(job, context)

    async def _write(self, ending: Outcome | HandOff | Abandon, lease: Lease) -> bool:
        jobs, claim = self.resources.jobs, lease.claim
        match ending:
            case Outcome():
                return await _persist(lambda: jobs.finish(claim, ending), lease)
            case HandOff():
                await _pause(ending.pause_seconds, lease)
                return await _persist(lambda: jobs.hand_off(claim, is_unknown=ending.is_unknown), lease)
            case Abandon():
                return False


def _report(ending: Outcome | HandOff | Abandon, context: Context, *, written: bool) -> None:
    match ending:
        case Outcome() if written:
            summary = to_json(ending.summary)
            told, fields = "job ended", {"status": ending.status, "failure": ending.failure, "summary": summary}
        case HandOff() if written:
            told, fields = "job handed off to the next attempt", {}
        case _:
            told, fields = "attempt given up: the job belongs to another worker, or soon will", {}
    context.log.info(told, **fields)
    _trace(ending, context, written=written)
    process_log = structlog.get_logger(__name__)
    process_log.info(told, job=context.job.id, attempt=context.claim.attempt, status=fields.get("status"))


def _trace(ending: Outcome | HandOff | Abandon, context: Context, *, written: bool) -> None:
    spans = context.lease.spans
    match ending:
        case Outcome() if written:
            spans.tell_outcome(ending.status, error="" if ending.failure is None else ending.failure.code)
        case HandOff() if written:
            spans.tell_outcome("handed_off")
        case _:
            spans.tell_outcome("given_up")


async def _settle(handler: Handler, context: Context) -> None:
    if handler.settle is None:
        return
    try:
        await handler.settle(context.job, context)
    except (GraphferryError, Interruption) as error:
        # The job is done and says so; what is left over is swept later.
        context.log.warning("not cleared away yet", reason=str(error))


async def _undo(handlers: Mapping[JobKind, Handler], context: Context, verdict: Undo) -> Outcome | HandOff | Abandon:
    job, lease = context.job, context.lease
    lease.begin_undo()
    try:
        summary = await supervise(partial(handlers[job.kind].undo, job, context), lease)
    except LeaseLost:
        return Abandon()
    except Interruption:
        return HandOff()
    except Exception as error:
        context.log.exception("undo failed")
        if may_pass_later(error, lease.overtime):
            return HandOff(pause_seconds=RETRY_PAUSE_SECONDS)
        return add_failed_undo(verdict, error)
    return Outcome(status=verdict.status, failure=verdict.failure, summary=summary, progress=lease.progress)


async def _persist(write: Callable[[], Awaitable[bool]], lease: Lease) -> bool:
    try:
        return await lease.insist(write)
    except LeaseLost:
        return False


async def _pause(seconds: float, lease: Lease) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await lease.wait_for_stop_reason()
