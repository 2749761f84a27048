"""Follows a job to its end, through restarts of the gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final, TypeAlias

import orjson

from shared.cli.client.event_stream import read_events
from shared.cli.client.gateway import Gateway
from shared.cli.client.retrying import vary
from shared.cli.errors import AnswerError, CommandError
from shared.jobs.record import TERMINAL_STATUSES

Record: TypeAlias = Mapping[str, Any]
"""A job as the gateway shows it."""

_SILENT_SECONDS: Final = 40.0
"""The gateway says something every 15 seconds, be it that nothing has changed."""
_PATIENCE_SECONDS: Final = 120.0
"""How long a gateway may be away before the job is no longer followed."""
_PAUSE_SECONDS: Final = 1.0
_FIRST_POLL_SECONDS, _LAST_POLL_SECONDS, _POLL_GROWTH = 0.2, 2.0, 1.3


async def follow(gateway: Gateway, job_id: str) -> AsyncGenerator[Record, None]:
    """Give the job's record whenever it has changed; the last one has ended. Raises: AnswerError, UnreachableError."""
    last_id, seen = "", time.monotonic()
    while True:
        try:
            record: Record = await gateway.ask("GET", "jobs", job_id)
            seen = time.monotonic()
            yield record
            if has_ended(record):
                return
            async with aclosing(_stream(gateway, job_id, last_id)) as records:
                async for record, event_id in records:
                    seen, last_id = time.monotonic(), event_id
                    yield record
                    if has_ended(record):
                        return
        except CommandError as error:
            if error.pause is None or time.monotonic() - seen > _PATIENCE_SECONDS:
                raise
        await asyncio.sleep(vary(_PAUSE_SECONDS))


def has_ended(record: Record) -> bool:
    """Return whether nothing will change any more."""
    return record["status"] in TERMINAL_STATUSES or record.get("ended") is not None


async def _stream(gateway: Gateway, job_id: str, last_id: str) -> AsyncGenerator[tuple[Record, str], None]:
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id else {})}
    try:
        async with gateway.open("GET", "jobs", job_id, "events", headers=headers, silence=_SILENT_SECONDS) as answer:
            async for event in read_events(answer.chunks()):
                if event.name == "job":
                    yield orjson.loads(event.data), event.id
    except AnswerError as error:
        if error.status not in {404, 405}:
            raise
        async for record in _poll(gateway, job_id):  # an older gateway, which has no streams
            yield record, ""


async def _poll(gateway: Gateway, job_id: str) -> AsyncGenerator[Record, None]:
    pause = _FIRST_POLL_SECONDS
    while True:
        await asyncio.sleep(vary(pause))
        pause = min(pause * _POLL_GROWTH, _LAST_POLL_SECONDS)
        yield await gateway.ask("GET", "jobs", job_id)
