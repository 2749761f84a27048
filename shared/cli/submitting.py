"""Submits work so that a lost answer never makes two jobs of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from shared.cli.client.gateway import Gateway, Query
from shared.cli.errors import UsageError
from shared.cli.following import Record
from shared.cli.options import Patience
from shared.cli.shell import Session
from shared.cli.waiting import wait_for_job
from shared.jobs.record import TERMINAL_STATUSES, Status


async def submit(
    session: Session,
    method: str,
    *path: str,
    body: Mapping[str, Any] | None = None,
    query: Query | None = None,
    key: str | None = None,
) -> Record:
    """Return the accepted job; what the body leaves open is not sent.

    With a key that a command before had it is that one's job, or a new try of it where it ended otherwise than closed.
    """
    wanted = None if body is None else {name: value for name, value in body.items() if value not in (None, [], ())}
    job: Record = await session.gateway.ask(
        method, *path, body=wanted, query=query, idempotency_key=key or str(uuid.uuid4())
    )
    session.display.say(f"Job {job['id']} is accepted.")
    while key is not None and job["status"] in TERMINAL_STATUSES - {Status.CLOSED}:
        job = await _try_again(session, job, key)
    return job


async def _try_again(session: Session, job: Record, key: str) -> Record:
    """Submit a job once more for the command with this key, which finds it again by what is derived from both."""
    derived = str(uuid.uuid5(uuid.UUID(job["id"]), key))
    again: Record = await session.gateway.ask("POST", "jobs", job["id"], "retry", idempotency_key=derived)
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
