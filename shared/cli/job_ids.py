"""Finds the job that a person means: by its id, by the beginning of its id, or as the last one of their own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.cli.client.gateway import Query
from shared.cli.errors import CommandError, UsageError
from shared.cli.following import Record
from shared.cli.job_words import tell_work
from shared.cli.shell import Session

_BEGINNING: Final = re.compile(r"[0-9a-f]{1,8}|[0-9a-f]{8}-[0-9a-f-]{0,26}", re.IGNORECASE)
"""What an id that is not whole looks like; all else is for the gateway to judge."""
_PAGE: Final = 500
_MOST_PAGES: Final = 10
"""How many parts of the listing are read for a beginning that tells no time."""
_LISTED: Final = 10
"""How many jobs are named that have the same beginning."""
_TIMED_DIGITS: Final = 8
_CLOCKS: Final = timedelta(hours=1)
"""By how much the clocks of gateways, which are in ids, and of the store may differ."""


async def read_jobs(session: Session, where: Query, limit: int | None = None) -> AsyncIterator[Record]:
    """Give the jobs that fit, the newest first, page after page; None: all of them."""
    cursor, left = None, limit
    while left is None or left > 0:
        size = _PAGE if left is None else min(left, _PAGE)
        page = await session.gateway.ask("GET", "jobs", query={**where, "limit": size, "cursor": cursor})
        for job in page["jobs"]:
            yield job
        left = None if left is None else left - len(page["jobs"])
        if (cursor := page["next_cursor"]) is None:
            return


async def find_jobs(session: Session, given: Sequence[str], *, last: bool = False) -> Sequence[str]:
    """Return the ids of the jobs that are named, and of the caller's last one where that is wanted.

    Raises: UsageError where none is named, or a beginning fits several; CommandError where it fits none.
    """
    if not given and not last:
        raise UsageError("Name at least one job, by its id or the beginning of it; --last is your last one.")
    found = [await find_job(session, each) for each in given]
    return [*found, *([await find_last(session)] if last else [])]


async def find_one(session: Session, given: str | None, *, last: bool) -> str:
    """Return the id of the one job that is meant. Raises: as find_jobs; UsageError also for two."""
    if given is not None and last:
        raise UsageError("Name a job or say --last, not both.")
    (found,) = await find_jobs(session, [] if given is None else [given], last=last)
    return found


async def find_job(session: Session, given: str) -> str:
    """Return the id that begins so; what is whole, or none, is left to the gateway. Raises: as find_jobs."""
    beginning = given.strip().lower()
    if not _BEGINNING.fullmatch(beginning):
        return given
    matches = await _search(session, beginning)
    if len(matches) == 1:
        return str(matches[0]["id"])
    if not matches:
        raise CommandError(f"No job has an id that begins with {given!r}, of the {_PAGE * _MOST_PAGES} newest.")
    more = [f"and more than {_LISTED} in all"] if len(matches) > _LISTED else []
    listed = [f"{each['id']}  {each['status']}  {tell_work(each)}" for each in matches[:_LISTED]]
    raise UsageError(f"Several jobs have ids that begin with {given!r}: name more of it.", details=[*listed, *more])


async def find_me(session: Session) -> str:
    """Return what the caller is called."""
    return str((await session.gateway.ask("GET", "me"))["user"])


async def find_last(session: Session) -> str:
    """Return the id of the newest job that the caller submitted. Raises: CommandError where there is none."""
    user = await find_me(session)
    async for job in read_jobs(session, {"created_by": user}, 1):
        return str(job["id"])
    raise CommandError(f"There is no job of {user}.")


async def _search(session: Session, beginning: str) -> Sequence[Record]:
    """Find up to one more than are listed: first about the time that the beginning tells, then among the newest."""
    found = await _match(session, beginning, _about(beginning)) if len(beginning) >= _TIMED_DIGITS else []
    return found or await _match(session, beginning, {})


async def _match(session: Session, beginning: str, where: Query) -> Sequence[Record]:
    found: list[Record] = []
    async for job in read_jobs(session, where, _PAGE * _MOST_PAGES):
        if str(job["id"]).startswith(beginning):
            found.append(job)
        if len(found) > _LISTED:
            break
    return found


def _about(beginning: str) -> Mapping[str, Any]:
    """Return when a job was created: the first 48 bits of an id are milliseconds since 1970."""
    digits = beginning.replace("-", "")[:12]
    first, last = int(digits.ljust(12, "0"), 16), int(digits.ljust(12, "f"), 16)
    try:
        after, before = (datetime.fromtimestamp(each / 1000, UTC) for each in (first, last))
        return {"created_after": (after - _CLOCKS).isoformat(), "created_before": (before + _CLOCKS).isoformat()}
    except (ValueError, OverflowError, OSError):  # no id of ours
        return {}
