"""The endpoints of job events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, suppress
from datetime import UTC, datetime

from aiohttp import web

from gateway.access.visibility import may_see, require_job, tell_job
from gateway.dialects.native.events.stream import HEARTBEAT_SECONDS, LIFE_SECONDS, EventStream, open_stream
from gateway.dialects.native.jobs.answers import view_job
from gateway.job_feed import Watcher
from gateway.keys import CALLER, JOB_FEED, RESOURCES
from gateway.lasting import while_admitted
from gateway.middlewares.job_prefetch import read_job
from shared.errors import InvalidRequestError
from shared.jobs.record import TERMINAL_STATUSES, Job

LAST_EVENT = "Last-Event-ID"


async def stream_job(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{job_id}/events: how it stands now, each change, and its end."""
    caller, jobs = request[CALLER], request.app[RESOURCES].jobs
    last = _parse_last(request)
    async with request.app[JOB_FEED].watch(jobs, caller.tenant) as watcher:
        job = await require_job(read_job(request), caller)
        if job.status in TERMINAL_STATUSES and _moment(job) <= last:
            return web.Response(status=204)  # a browser asks no more
        return await _stream(request, _follow_one(watcher, job, last))


async def stream_jobs(request: web.Request) -> web.StreamResponse:
    """GET /events: each change of the jobs that the caller may see."""
    caller, jobs = request[CALLER], request.app[RESOURCES].jobs
    last = _parse_last(request)
    async with request.app[JOB_FEED].watch(jobs, caller.tenant) as watcher:
        missed: Iterable[Job] = ()
        if last:
            listing = await jobs.read_listing(caller.tenant, ended_since=datetime.fromtimestamp(last / 1000, UTC))
            missed = [job for job in (*listing.unfinished, *listing.ended) if _moment(job) > last]
        visible = (job for job in sorted(missed, key=_moment) if may_see(job, caller))
        return await _stream(request, _follow_all(watcher, visible, request))


async def _stream(request: web.Request, jobs: AsyncIterator[Job | None]) -> web.StreamResponse:
    """Send what comes; None is a heartbeat."""
    response, stream = await open_stream(request)
    if request.method == "HEAD":
        return response
    async with while_admitted(request):
        await _tell(request, stream, jobs)
    with suppress(ConnectionError):
        await response.write_eof()
    return response


async def _tell(request: web.Request, stream: EventStream, jobs: AsyncIterator[Job | None]) -> None:
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(LIFE_SECONDS):
            async for job in jobs:
                if job is None:
                    await stream.beat()
                else:
                    told = await tell_job(request.app[RESOURCES], request[CALLER], job)
                    await stream.send("job", _event_id(job), view_job(told))


async def _follow_one(watcher: Watcher, job: Job, last: int) -> AsyncIterator[Job | None]:
    if _moment(job) > last:
        yield job
    async with aclosing(_follow(watcher)) as changes:
        if job.status in TERMINAL_STATUSES:
            return
        async for change in changes:
            if change is None:
                yield None
            elif change.id == job.id and change.updated > job.updated:
                yield change
                if change.status in TERMINAL_STATUSES:
                    return
                job = change


async def _follow_all(watcher: Watcher, missed: Iterable[Job], request: web.Request) -> AsyncIterator[Job | None]:
    for job in missed:
        yield job
    async with aclosing(_follow(watcher)) as changes:
        async for change in changes:
            if change is None or may_see(change, request[CALLER]):
                yield change


async def _follow(watcher: Watcher) -> AsyncGenerator[Job | None, None]:
    """Give each change, or None after a silence, until nothing more will come."""
    while not watcher.is_over:
        changes = await watcher.take(HEARTBEAT_SECONDS)
        if not changes:
            yield None
        for job in changes:
            yield job


def _moment(job: Job) -> int:
    """Return when the job was changed, in milliseconds."""
    return round(job.updated.timestamp() * 1000)


def _event_id(job: Job) -> str:
    """Return what a caller sends back to go on from here, in the form of a stream's entry."""
    return f"{_moment(job)}-0"


def _parse_last(request: web.Request) -> int:
    """Return the moment of the last event that the caller has seen; 0: none. Raises: InvalidRequestError."""
    text = request.headers.get(LAST_EVENT, "")
    moment = text.removesuffix("-0")
    if moment and not (moment.isdecimal() and moment.isascii() and len(moment) <= 13):
        raise InvalidRequestError(f"{LAST_EVENT} {text!r} is not one that a stream gave; leave it out to begin anew.")
    return int(moment or 0)
