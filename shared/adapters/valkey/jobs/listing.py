"""Reads a tenant's jobs by their indexes.

The indexes of all, and of each user's, are sorted sets of equal scores, so ordered by their members' text: `<created,
13 digits of ms>:<job id>`. That of the ended has their ids by the time of their end.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from redis.asyncio import Redis

from shared.adapters.valkey.jobs.records import parse_answer, parse_job
from shared.adapters.valkey.scripts import Scripts
from shared.errors import InvalidRequestError
from shared.jobs.record import Job
from shared.jobs.touched import lower_ascii
from shared.ports.jobs import EndedFilter, JobFilter, JobPage, Listing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 10**13 - 1
"""That 13 digits can say."""

RECORDS_AT_ONCE = 1000
"""Looked at by one script: some milliseconds in which the server does nothing else."""

LOOKS_AT_MOST = 2
"""For one part of a listing, so that a rare filter over a long history does not keep its caller waiting."""

LOOKS_FOR_ONE = 10
"""At ended jobs, for each that is wanted."""

ENTRY = re.compile(r"[0-9]{13}:[0-9a-zA-Z-]{1,64}")


def record_key(namespace: str, job_id: str) -> str:
    """Give the key of a job's record."""
    return f"{namespace}:job:{job_id}"


async def read_records(client: Redis, namespace: str, job_ids: Sequence[str]) -> Sequence[dict[str, str]]:
    """Read the records of these jobs in one round trip; one that is gone is empty."""
    async with client.pipeline(transaction=False) as pipeline:
        for job_id in job_ids:
            pipeline.execute_command("HGETALL", record_key(namespace, job_id))
        records: Sequence[dict[str, str]] = await pipeline.execute()
    return records


async def read_page(scripts: Scripts, tenant: str, *, where: JobFilter, cursor: str | None, limit: int) -> JobPage:
    """Read until `limit` jobs match, the index ends, or enough is looked at for once.

    Raises: InvalidRequestError for a cursor not of ours.
    """
    found: list[Job] = []
    start, end = _bounds(where, None if cursor is None else _require_entry(cursor))
    for _ in range(LOOKS_AT_MOST):
        bounds = (where.created_by or "", start, end, limit - len(found), RECORDS_AT_ONCE)
        reached, candidates = await call_indexed(scripts, "list_jobs", tenant, *bounds, *_format_filter(where))
        jobs = [parse_answer(flat) for _, flat in candidates]
        found += [job for job in jobs if where.matches(job)]
        if not reached or len(found) == limit:
            break
        start = f"({reached}"
    return JobPage(jobs=found, next_cursor=reached or None)


async def call_indexed(scripts: Scripts, name: str, tenant: str, *arguments: str | int) -> Any:
    """Run a script that reads a tenant's indexes by user; where it says that they are not whole, complete them."""
    while (answer := await scripts.call(name, tenant, *arguments)) is None:
        while not await scripts.call("index_jobs", tenant, RECORDS_AT_ONCE):
            pass
    return answer


def _format_filter(where: JobFilter) -> Sequence[str]:
    """Give what the script passes records over by; names as the records' JSON spells them."""
    database, application = where.database or "", where.application
    return (
        _format_words(where.statuses),
        _format_words(where.kinds),
        database,
        orjson.dumps(database).decode(),
        "" if application is None else orjson.dumps(application).decode(),
        "" if where.find is None else lower_ascii(orjson.dumps(where.find).decode()[1:-1]),
    )


def _format_words(words: Collection[str] | None) -> str:
    return "" if words is None else f",{','.join(words)},"


def _bounds(where: JobFilter, cursor: str | None) -> tuple[str, str]:
    """Give the index's range, from its end to its beginning."""
    # Entries order by text, and a bare time stands before all entries of that millisecond.
    before = [f"{_milliseconds(where.created_before)}"] if where.created_before is not None else []
    highest = min([*before, *([] if cursor is None else [cursor])], default=None)
    start = "+" if highest is None else f"({highest}"
    return start, "-" if where.created_after is None else f"[{_milliseconds(where.created_after)}"


def _milliseconds(time: datetime) -> str:
    # Records keep whole milliseconds: a bound between two of them means the later.
    rounded_up = -((_EPOCH - time) // timedelta(milliseconds=1))
    return f"{min(max(rounded_up, 0), _LAST_MILLISECOND):013d}"


async def read_waiting(client: Redis, namespace: str, tenant: str) -> Sequence[Job]:
    """Read who waits for the slot, then who is held for other jobs."""
    async with client.pipeline(transaction=True) as pipeline:
        pipeline.lrange(f"{namespace}:waiting:{tenant}", 0, -1)
        pipeline.lrange(f"{namespace}:held:{tenant}", 0, -1)
        waiting, held = await pipeline.execute()
    return [parse_job(fields) for fields in await read_records(client, namespace, [*waiting, *held]) if fields]


async def read_listing(scripts: Scripts, tenant: str, wanted: EndedFilter) -> Listing:
    """Read which jobs there are, and their records, as of one moment."""
    since, most = round(wanted.since.timestamp() * 1000), -1 if wanted.most is None else wanted.most
    limits = (since, wanted.created_by or "", wanted.kind or "", most, max(most * LOOKS_FOR_ONE, -1))
    now, unfinished, ended = await scripts.call("read_listing", tenant, *limits)
    return Listing(
        unfinished=[parse_answer(flat) for flat in unfinished],
        ended=sorted(map(parse_answer, ended), key=_ended, reverse=True),
        read=_EPOCH + timedelta(milliseconds=now),
    )


def _ended(job: Job) -> datetime:
    return job.ended or job.updated


def _require_entry(cursor: str) -> str:
    if not ENTRY.fullmatch(cursor):
        raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave; leave it out to begin anew.")
    return cursor
