"""Cancels jobs, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.cli.errors import AnswerError
from shared.cli.exit_codes import ExitCode
from shared.cli.following import has_ended
from shared.cli.job_ids import find_me, read_jobs
from shared.cli.several import Several
from shared.cli.shell import Session
from shared.jobs.record import Status

_UNFINISHED: Final = [str(Status.CREATED), str(Status.IN_PROGRESS)]
_NOT_CANCELLABLE: Final = "JOB_NOT_CANCELLABLE"


async def list_unfinished(session: Session, *, mine: bool) -> Sequence[str]:
    """List the jobs that have not ended, the newest first, so that those that wait stand before the one that runs."""
    owner = await find_me(session) if mine else None
    return [str(job["id"]) async for job in read_jobs(session, {"status": _UNFINISHED, "created_by": owner})]


async def cancel_jobs(
    session: Session, jobs: Sequence[str], reason: str | None, *, may_have_ended: bool = False
) -> ExitCode:
    """Cancel each and say so; where that is allowed, one that has ended meanwhile is no failure."""
    several = Several(display=session.display)
    body = {"status": Status.CANCELLED, **({} if reason is None else {"reason": reason})}
    for job in jobs:
        with several.step():
            try:
                record = await session.gateway.ask("PATCH", "jobs", job, body=body)
                session.display.give(f"{record['id']} {record['status']}", record)
            except AnswerError as error:
                if not may_have_ended or error.code != _NOT_CANCELLABLE or not await _is_over(session, job):
                    raise
                session.display.say(error.message)
    return several.exit_code


async def _is_over(session: Session, job: str) -> bool:
    """Return whether a job has ended; one past its publish point has not, and goes on."""
    return has_ended(await session.gateway.ask("GET", "jobs", job))
