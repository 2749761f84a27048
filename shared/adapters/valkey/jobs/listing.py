"""Reads a tenant's jobs by their indexes.

The index of all is a sorted set of equal scores, so ordered by its members' text: `<created, 13 digits of
ms>:<job id>`. That of the ended has their ids by the time of their end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from shared.adapters.valkey.client import parse_clock, send
from shared.adapters.valkey.jobs.records import parse_job
from shared.errors import InvalidRequestError
from shared.jobs.record import TERMINAL_STATUSES, Job
from shared.ports.jobs import JobFilter, JobPage, Listing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 10**13 - 1
"""That 13 digits can say."""

RECORDS_AT_ONCE = 200
"""Read in one round trip: some hundred kilobytes."""

READS_AT_MOST = 50
"""For one part of a listing, so that a rare filter over a long history does not hold the gateway up."""

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


async def read_page(
    client: Redis, namespace: str, tenant: str, *, where: JobFilter, cursor: str | None, limit: int
) -> JobPage:
    """Read until `limit` jobs match, the index ends, or enough is read for once.

    Raises: InvalidRequestError for a cursor not of ours.
    """
    found: list[Job] = []
    start, end = _bounds(where, None if cursor is None else _require_entry(cursor))
    size = limit
    for _ in range(READS_AT_MOST):
        entries = await _read_index(client, f"{namespace}:jobs:{tenant}", start, end, size)
        for entry, job in await _read_jobs(client, namespace, entries):
            if where.matches(job):
                found.append(job)
            if len(found) == limit:
                return JobPage(jobs=found, next_cursor=entry)
        if len(entries) < size:
            return JobPage(jobs=found, next_cursor=None)
        start, size = f"({entries[-1]}", RECORDS_AT_ONCE
    return JobPage(jobs=found, next_cursor=entries[-1])


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
        _ask_who_waits(pipeline, namespace, tenant)
        waiting, held = await pipeline.execute()
    return [parse_job(fields) for fields in await read_records(client, namespace, [*waiting, *held]) if fields]


def _ask_who_waits(pipeline: Pipeline, namespace: str, tenant: str) -> None:
    pipeline.lrange(f"{namespace}:waiting:{tenant}", 0, -1)
    pipeline.lrange(f"{namespace}:held:{tenant}", 0, -1)


async def read_listing(client: Redis, namespace: str, tenant: str, ended_since: datetime) -> Listing:
    """Read which jobs there are as of one moment, then their records; those that ended in between are ended."""
    async with client.pipeline(transaction=True) as pipeline:
        pipeline.hget(f"{namespace}:slots", tenant)
        _ask_who_waits(pipeline, namespace, tenant)
        pipeline.zrevrangebyscore(f"{namespace}:ended:{tenant}", "+inf", round(ended_since.timestamp() * 1000))
        pipeline.time()
        holder, waiting, held, ended, clock = await pipeline.execute()
    ids = dict.fromkeys([*([holder] if holder else []), *waiting, *held, *ended])
    jobs = [parse_job(fields) for fields in await read_records(client, namespace, list(ids)) if fields]
    return Listing(
        unfinished=[job for job in jobs if job.status not in TERMINAL_STATUSES],
        ended=sorted((job for job in jobs if job.ended is not None), key=_ended, reverse=True),
        read=parse_clock(*clock),
    )


def _ended(job: Job) -> datetime:
    return job.ended or job.updated


def _require_entry(cursor: str) -> str:
    if not ENTRY.fullmatch(cursor):
        raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave; leave it out to begin anew.")
    return cursor


async def _read_index(client: Redis, index: str, start: str, end: str, size: int) -> Sequence[str]:
    entries: Sequence[str] = await send(client, "ZRANGE", index, start, end, "BYLEX", "REV", "LIMIT", 0, size)
    return entries


async def _read_jobs(client: Redis, namespace: str, entries: Sequence[str]) -> Sequence[tuple[str, Job]]:
    records = await read_records(client, namespace, [entry.partition(":")[2] for entry in entries])
    # An entry may outlive its record.
    return [(entry, parse_job(fields)) for entry, fields in zip(entries, records, strict=True) if fields]
