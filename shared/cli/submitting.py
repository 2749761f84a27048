"""Submits work so that a lost answer never makes two jobs of it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from shared.cli.client.gateway import Gateway, Query
from shared.cli.errors import CommandError, UsageError
from shared.cli.following import Record
from shared.cli.options import Patience
from shared.cli.shell import Session
from shared.cli.waiting import minding_interruption, wait_for_job
from shared.jobs.record import TERMINAL_STATUSES, Status

_ANSWER_SECONDS: Final = 10.0
"""How long who interrupts a command waits for the answer that tells the job."""


async def submit(
    session: Session,
    method: str,
    *path: str,
    body: Mapping[str, Any] | None = None,
    query: Query | None = None,
    key: str | None = None,
    patience: Patience,
) -> Record:
    """Return the accepted job; what the body leaves open is not sent.

    With a key that a command before had it is that one's job, or a new try of it where it ended otherwise than closed.
    Interrupted, it does with the job that is just being accepted what patience says.
    """
    wanted = None if body is None else {name: value for name, value in body.items() if value not in (None, [], ())}
    asking = session.gateway.ask(method, *path, body=wanted, query=query, idempotency_key=key or str(uuid.uuid4()))
    job = await _take(session, asking, patience)
    session.display.say(f"Job {job['id']} is accepted.")
    while key is not None and job["status"] in TERMINAL_STATUSES - {Status.CLOSED}:
        job = await _try_again(session, job, key, patience)
    return job


async def _take(session: Session, asking: Coroutine[Any, Any, Record], patience: Patience) -> Record:
    """Return the job of an answer; an interruption waits a moment for the answer, which tells what was begun."""
    answering = asyncio.ensure_future(asking)
    try:
        return await asyncio.shield(answering)
    except asyncio.CancelledError:
        with suppress(CommandError, TimeoutError):
            async with asyncio.timeout(_ANSWER_SECONDS), minding_interruption(session, [await answering], patience):
                raise
        raise


async def _try_again(session: Session, job: Record, key: str, patience: Patience) -> Record:
    """Submit a job once more for the command with this key, which finds it again by what is derived from both."""
    derived = str(uuid.uuid5(uuid.UUID(job["id"]), key))
    asking = session.gateway.ask("POST", "jobs", job["id"], "retry", idempotency_key=derived)
    again = await _take(session, asking, patience)
    session.display.say(f"Job {job['id']} is {job['status']}: job {again['id']} tries it again.")
    return again


async def carry_out(session: Session, job: Record, patience: Patience) -> Record | None:
    """Wait for an accepted job where that is wanted; else print its id, and return None."""
    if patience.wait:
        return await wait_for_job(session, job, patience)
    session.display.give(job["id"], job)
    return None


async def choose_database(gateway: Gateway, given: str | None) -> str:
    """Return the database that is meant: the only one where none is named. Raises: UsageError."""
    if given is not None:
        return given
    names = await choose_databases(gateway, None)
    if len(names) != 1:
        raise UsageError(f"Name the database with --database; the tenant has: {', '.join(names) or 'none'}.")
    return names[0]


async def choose_databases(gateway: Gateway, given: str | None) -> Sequence[str]:
    """Return the databases that are meant: all of the tenant's where none is named."""
    if given is not None:
        return [given]
    return [str(each["name"]) for each in (await gateway.ask("GET", "databases"))["databases"]]
