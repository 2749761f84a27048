"""The event as arq's queues carry it.

Events are written by the scripts' prelude, together with the record that they speak of. They are JSON, not arq's
default pickle, so that nobody who can write to Valkey can make a worker run code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from arq.connections import ArqRedis
from pydantic import TypeAdapter
from redis.asyncio.client import Pipeline
from typing_extensions import override

from shared.adapters.valkey.addresses import open_pool
from shared.adapters.valkey.client import open_valkey, store_errors
from shared.adapters.valkey.layouts import find_namespace
from shared.adapters.valkey.namespaces import Namespace
from shared.jobs.events import Event
from shared.settings.process import Settings

EVENT_FUNCTION = "handle_event"
"""The one function that a worker registers with arq; the scripts' prelude writes the same name."""

EVENT = TypeAdapter(Event)

_ARQ = "arq:"
"""What arq's own keys begin with: constants of its modules, which all installations of a process share."""


def _rename(namespace: Namespace, command: Sequence[Any]) -> Iterator[Any]:
    """Give a command of arq's with its keys by the names that they have in this installation."""
    for each in command:
        is_key = isinstance(each, str) and each.startswith(_ARQ)
        yield namespace.arq + each.removeprefix(_ARQ) if is_key else each


class NamedArqRedis(ArqRedis):
    """Keeps arq's own keys among those of an installation."""

    def __init__(self, namespace: Namespace, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._namespace = namespace

    @override
    async def execute_command(self, *command: Any, **options: Any) -> Any:
        return await super().execute_command(*_rename(self._namespace, command), **options)  # type: ignore[no-untyped-call]

    @override
    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return _NamedPipeline(self._namespace, self.connection_pool, self.response_callbacks, transaction, shard_hint)


class _NamedPipeline(Pipeline):
    def __init__(self, namespace: Namespace, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._namespace = namespace

    @override
    def execute_command(self, *command: Any, **options: Any) -> Any:
        return super().execute_command(*_rename(self._namespace, command), **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQueues:
    """What a worker needs to take events through arq."""

    pool: ArqRedis
    name: Callable[[str], str]
    """Gives the key of a queue: `work` for attempts to do a job, `undo` for those that only undo, for which each worker
    keeps a place free. It may be another one once the store's keys have been moved."""
    function: str
    serialize: Callable[[Any], bytes]
    deserialize: Callable[[bytes], Any]
    parse: Callable[[object], Event]
    """Reads the function's argument. Raises: ValueError."""
    store_errors: Callable[[], AbstractContextManager[None]]
    """Turns what arq lets through of the store's errors into StoreUnavailableError."""


def parse_event(argument: object) -> Event:
    """Read the function's argument. Raises: ValueError."""
    return EVENT.validate_python(argument)


def serialize(value: Any) -> bytes:
    """Write what arq itself keeps, where the repr of an exception is as good as the exception."""
    return orjson.dumps(value, default=repr)


@asynccontextmanager
async def open_event_queues(settings: Settings, namespace: Namespace | None = None) -> AsyncIterator[EventQueues]:
    """Open arq's pool of connections; `namespace` is that of whatever else the process has opened.

    Raises: StoreTooNewError, StoreUnavailableError where it is to be found out.
    """
    url = settings.valkey_address
    async with open_pool(url, decode_responses=False) as connections, open_valkey(url) as client:
        names = namespace or await find_namespace(client, settings.installation, url)
        pool = NamedArqRedis(names, connections, job_serializer=serialize, job_deserializer=orjson.loads)
        yield EventQueues(
            pool=pool,
            name=lambda queue: names.key(f"queue:{queue}"),
            function=EVENT_FUNCTION,
            serialize=serialize,
            deserialize=orjson.loads,
            parse=parse_event,
            store_errors=store_errors,
        )
