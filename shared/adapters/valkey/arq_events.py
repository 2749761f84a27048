"""The event as arq's queues carry it.

Events are written by the scripts' prelude, together with the record that they speak of. They are JSON, not arq's
default pickle, so that nobody who can write to Valkey can make a worker run code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from arq.connections import ArqRedis
from pydantic import TypeAdapter

from shared.adapters.valkey.addresses import open_pool
from shared.adapters.valkey.client import store_errors
from shared.jobs.events import Event
from shared.settings.process import Settings

EVENT_FUNCTION = "handle_event"
"""The one function that a worker registers with arq; the scripts' prelude writes the same name."""

EVENT = TypeAdapter(Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQueues:
    """What a worker needs to take events through arq."""

    pool: ArqRedis
    work: str
    """The queue of attempts to do a job."""
    undo: str
    """The queue of attempts that only undo, for which each worker keeps a place free."""
    function: str
    serialize: Callable[[Any], bytes]
    deserialize: Callable[[bytes], Any]
    parse: Callable[[object], Event]
    """Reads the function's argument. Raises: ValueError."""
    store_errors: Callable[[], AbstractContextManager[None]]
    """Turns what arq lets through of the store's errors into StoreUnavailableError."""


def name_queue(installation: str, queue: str) -> str:
    """Give the key of one of the two queues, `work` or `undo`."""
    return f"{installation}:queue:{queue}"


def parse_event(argument: object) -> Event:
    """Read the function's argument. Raises: ValueError."""
    return EVENT.validate_python(argument)


def serialize(value: Any) -> bytes:
    """Write what arq itself keeps, where the repr of an exception is as good as the exception."""
    return orjson.dumps(value, default=repr)


@asynccontextmanager
async def open_event_queues(settings: Settings) -> AsyncIterator[EventQueues]:
    """Open arq's pool of connections. Nothing is sent before the first command."""
    async with open_pool(settings.valkey_address, decode_responses=False) as connections:
        pool = ArqRedis(connections, job_serializer=serialize, job_deserializer=orjson.loads)
        yield EventQueues(
            pool=pool,
            work=name_queue(settings.installation, "work"),
            undo=name_queue(settings.installation, "undo"),
            function=EVENT_FUNCTION,
            serialize=serialize,
            deserialize=orjson.loads,
            parse=parse_event,
            store_errors=store_errors,
        )
