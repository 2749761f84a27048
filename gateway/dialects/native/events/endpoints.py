"""The endpoints of job events."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import TypeAlias

from aiohttp import web

from gateway.access.visibility import may_see, require_job, tell_jobs
from gateway.dialects.native.events.stream import HEARTBEAT_SECONDS, LIFE_SECONDS, EventStream, open_stream
from gateway.dialects.native.jobs.answers import view_job
from gateway.job_feed import Watcher, choose_settled, place_of
from gateway.keys import CALLER, JOB_FEED, RESOURCES
from gateway.lasting import while_admitted
from gateway.middlewares.job_prefetch import read_job
from shared.errors import InvalidRequestError
from shared.jobs.record import Job
from shared.ports.jobs import EndedFilter

LAST_EVENT = "Last-Event-ID"

MOST_MISSED = 100
"""Ended jobs told to whoever comes back: as many as a part of the listing has."""

_EVENT_ID = re.compile(r"([0-9]{1,13})(?:-([0-9a-z-]{1,80}))?")
_WHOLE_MOMENT = "~"
"""Behind all states of a moment: of ids that earlier versions gave, which named no job."""

_Place: TypeAlias = tuple[int, str]
"""A job's state among all changes, see place_of."""

_NOTHING: _Place = (0, "")
"""Before all of them."""


async def stream_job(request: web.Request) -> web.StreamResponse:
    """GET /jobs/{job_id}/events: how it stands now, each change, and its end."""
    caller, jobs = request[CALLER], request.app[RESOURCES].jobs
    last = _parse_last(request)
    async with request.app[JOB_FEED].watch(jobs, caller.tenant) as watcher:
        job = await require_job(read_job(request), caller)
        if job.has_ended and place_of(job) <= last:
            return web.Response(status=204)  # a browser asks no more
        return await _stream(request, _follow_one(watcher, job, last))


async def stream_jobs(request: web.Request) -> web.StreamResponse:
    """GET /events: each change of the jobs that the caller may see."""
    last = _parse_last(request)
    async with request.app[JOB_FEED].watch(request.app[RESOURCES].jobs, request[CALLER].tenant) as watcher:
        missed = [] if last == _NOTHING else await _list_missed(request, last)
        return await _stream(request, _follow_all(watcher, missed, request))


async def _list_missed(request: web.Request, last: _Place) -> Sequence[Job]:
    """List what changed since, in order; of the ended jobs the latest: an old id is to cost no more than a new one."""
    caller, since = request[CALLER], datetime.fromtimestamp(last[0] / 1000, UTC)
    user = None if caller.principal.sees_all_jobs else caller.user
    wanted = EndedFilter(since=since, created_by=user, most=MOST_MISSED)
    listing = await request.app[RESOURCES].jobs.read_listing(caller.tenant, wanted)
    return [job for job in choose_settled(listing) if place_of(job) > last and may_see(job, caller)]


async def _stream(request: web.Request, changes: AsyncIterator[Sequence[Job]]) -> web.StreamResponse:
    """Send what comes, and heartbeats where that is too little."""
    response, stream = await open_stream(request)
    if request.method == "HEAD":
        return response
    async with while_admitted(request):
        await _tell(request, stream, changes)
    with suppress(ConnectionError):
        await response.write_eof()
    return response


async def _tell(request: web.Request, stream: EventStream, changes: AsyncIterator[Sequence[Job]]) -> None:
    heard = time.monotonic()
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(LIFE_SECONDS):
            async for jobs in changes:
                for job in await tell_jobs(request.app[RESOURCES], request[CALLER], jobs):
                    await stream.send("job", _event_id(job), view_job(job))
                if jobs:
                    heard = time.monotonic()
                elif time.monotonic() - heard >= HEARTBEAT_SECONDS / 2:
                    await stream.beat()
                    heard = time.monotonic()


async def _follow_one(watcher: Watcher, job: Job, last: _Place) -> AsyncIterator[Sequence[Job]]:
    if place_of(job) > last:
        yield [job]
    async with aclosing(_follow(watcher)) as changes:
        while not job.has_ended:
            if (jobs := await anext(changes, None)) is None:
                return
            news = [each for each in jobs if each.id == job.id and place_of(each) > place_of(job)]
            yield news
            job = next(iter(news), job)


async def _follow_all(watcher: Watcher, missed: Sequence[Job], request: web.Request) -> AsyncIterator[Sequence[Job]]:
    if missed:
        yield missed
    told = {place_of(job) for job in missed}
    async with aclosing(_follow(watcher)) as changes:
        async for jobs in changes:
            yield [job for job in jobs if may_see(job, request[CALLER]) and place_of(job) not in told]


async def _follow(watcher: Watcher) -> AsyncGenerator[Sequence[Job], None]:
    """Give what changes, or nothing after a silence, until nothing more will come."""
    while not watcher.is_over:
        yield await watcher.take(HEARTBEAT_SECONDS / 2)


def _event_id(job: Job) -> str:
    """Return what a caller sends back to go on from here."""
    moment, state = place_of(job)
    return f"{moment}-{state}"


def _parse_last(request: web.Request) -> _Place:
    """Return the place of the last event that the caller has seen. Raises: InvalidRequestError."""
    text = request.headers.get(LAST_EVENT, "")
    if not text:
        return _NOTHING
    if (match := _EVENT_ID.fullmatch(text)) is None:
        raise InvalidRequestError(f"{LAST_EVENT} {text!r} is not one that a stream gave; leave it out to begin anew.")
    return int(match[1]), _WHOLE_MOMENT if match[2] in (None, "0") else match[2]
