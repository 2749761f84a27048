"""Reads a job while its caller is looked up, so that both questions travel to the store together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from aiohttp import web

from gateway.bodies.parsing import parse_job_id
from gateway.keys import JOB_AHEAD, RESOURCES
from shared.errors import InvalidJobIdError
from shared.jobs.record import Job


def begin_reading(request: web.Request) -> None:
    """Begin to read the job that the path names, if it names one; nobody gets to see it unless they may."""
    if "job_id" not in request.match_info:
        return
    with suppress(InvalidJobIdError):  # told to those alone who are let in
        reading = asyncio.ensure_future(request.app[RESOURCES].jobs.get(parse_job_id(request)))
        reading.add_done_callback(_mark_as_seen)
        request[JOB_AHEAD] = reading


def read_job(request: web.Request) -> Awaitable[Job]:
    """Read the job that the path names. Raises: InvalidJobIdError; when awaited, UnknownJobError."""
    return request.get(JOB_AHEAD) or request.app[RESOURCES].jobs.get(parse_job_id(request))


def _mark_as_seen(reading: asyncio.Future[Job]) -> None:
    """Keep the error of a reading that nobody awaited out of the log."""
    if not reading.cancelled():
        reading.exception()
