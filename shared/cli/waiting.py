"""Waits for a job to end, and shows its progress."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, replace
from typing import Final

from shared.cli.endings import tell_left
from shared.cli.errors import CommandError
from shared.cli.exit_codes import ExitCode
from shared.cli.following import Record, follow
from shared.cli.job_words import count_elements, tell_turn
from shared.cli.options import Patience
from shared.cli.pace import PaceKeeper
from shared.cli.screen.bars import Bar, open_bar
from shared.cli.several import Several, tell
from shared.cli.shell import Session
from shared.cli.summaries import show_summary
from shared.jobs.record import Status

_RETRYABLE: Final = frozenset({"WORKER_CRASHED", "DATABASE_UNAVAILABLE", "STORE_UNAVAILABLE", "UNAVAILABLE"})
"""Failures of jobs that had nothing to do with what was asked for."""


async def wait_for_job(session: Session, job: Record, patience: Patience, *, behind: Sequence[Record] = ()) -> Record:
    """Return the record of the job once it is closed; those behind it are waited for later.

    Raises: CommandError where it ends otherwise, or not in time.
    """
    async with minding_interruption(session, [job, *behind], patience):
        try:
            async with asyncio.timeout(patience.timeout):
                return require_closed(await _watch(session, job))
        except TimeoutError as error:
            message = f"The {job['kind']} has not ended in time. {_go_on(session, [job])}"
            raise CommandError(message, exit_code=ExitCode.RETRYABLE) from error


async def wait_for_jobs(session: Session, jobs: Sequence[Record], patience: Patience, several: Several) -> None:
    """See jobs end in their order, and show what each did; all together have the time of one."""
    end = None if patience.timeout is None else time.monotonic() + patience.timeout
    for position, job in enumerate(jobs):
        left = None if end is None else max(end - time.monotonic(), 0.0)
        with several.step():
            closed = await wait_for_job(session, job, replace(patience, timeout=left), behind=jobs[position + 1 :])
            show_summary(session.display, closed)


@asynccontextmanager
async def minding_interruption(session: Session, jobs: Sequence[Record], patience: Patience) -> AsyncIterator[None]:
    """At Ctrl-C or SIGTERM have jobs cancelled where that is wanted, else say how to come back to them."""
    try:
        yield
    except asyncio.CancelledError:
        if patience.cancel_on_interrupt:
            await _cancel(session, jobs)
        elif jobs:
            session.display.warn(_go_on(session, jobs))
        raise


async def _cancel(session: Session, jobs: Sequence[Record]) -> None:
    for job in jobs:
        try:
            await session.gateway.ask("PATCH", "jobs", job["id"], body={"status": Status.CANCELLED})
            session.display.warn(f"The {job['kind']} {job['id']} is to be cancelled.")
        except CommandError as error:
            tell(session.display, error)


def _go_on(session: Session, jobs: Sequence[Record]) -> str:
    ids = " ".join(each["id"] for each in jobs)
    return f"What was begun goes on; to watch it: {session.hint(f'jobs watch {ids}')}"


async def _watch(session: Session, job: Record) -> Record:
    """Show every change; return the last record. JSON tells the pace besides, which no record has."""
    display, keeper = session.display, PaceKeeper()
    with open_bar(display, _name(job), is_bytes=False) as bar:
        async with aclosing(follow(session.gateway, job["id"])) as records:
            async for record in records:
                pace = keeper.note(record)
                if display.as_json:
                    display.emit({**record, "pace": asdict(pace)})
                if (turn := tell_turn(record)) is not None:
                    bar.tell(f"Job {record['id']} waits: {turn}.")
                _move(bar, record)
                job = record
    return job


def _move(bar: Bar, record: Record) -> None:
    done, total = count_elements(record)
    bar.move(done, total or None, record["phase"])


def _name(job: Record) -> str:
    place = f" in {job['database']}" if job["database"] else ""
    return f"{job['kind'].capitalize()}{place}"


def require_closed(job: Record) -> Record:
    """Return a job that did what it should. Raises: CommandError for any other, which says what is left of it."""
    kind, failure = job["kind"], job["failure"] or {}
    left = f" {told}" if (told := tell_left(job)) is not None else ""
    match job["status"]:
        case Status.CLOSED:
            return job
        case Status.CANCELLED:
            raise CommandError(f"The {kind} {job['id']} was cancelled{_reason(job['cancel'])}.{left}")
        case Status.CLOSED_BY_TIMEOUT:
            raise CommandError(f"The {kind} {job['id']} took too long.{left}")
        case Status.FAILED:
            code = str(failure.get("code"))
            raise CommandError(
                f"The {kind} {job['id']} failed: {failure.get('message')} ({code}){left}",
                exit_code=ExitCode.RETRYABLE if code in _RETRYABLE else ExitCode.FAILED,
                details=failure.get("details") or (),
            )
        case status:
            raise CommandError(f"The {kind} {job['id']} ended as {status}.")


def _reason(cancel: Mapping[str, str | None] | None) -> str:
    if cancel is None:
        return ""
    return f" by {cancel['by']}" + (f": {cancel['reason']}" if cancel["reason"] else "")
