"""Repeats statements that a server refused for a moment or did not answer, for a bounded time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol, TypeVar

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.server_errors import RepeatableError

REPEAT_SECONDS = 60.0
"""How long a transaction is sent again after deadlocks or lost connections before the job gives up."""

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0

Result = TypeVar("Result")


async def repeat(
    attempt: Callable[[], Awaitable[Result]], *, but_for: type[RepeatableError] | tuple[()] = ()
) -> Result:
    """Begin again after deadlocks, lost connections, unknown commits, for a bounded time. Raises: RepeatableError."""
    waits = _waits()
    while True:
        try:
            return await attempt()
        except but_for:
            raise
        except RepeatableError:
            wait = next(waits, None)
            if wait is None:
                raise
            await asyncio.sleep(wait)


def _waits() -> Iterator[float]:
    """Give growing waits until the time for repeats is over."""
    end = time.monotonic() + REPEAT_SECONDS
    wait = FIRST_WAIT_SECONDS
    while time.monotonic() < end:
        yield wait
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


class Reads(Protocol):
    """Runs reading statements: a connection, or one that begins again when it is lost."""

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Return all rows."""
        ...

    def stream(self, statement: str, parameters: Mapping[str, Any]) -> AsyncGenerator[Row, None]:
        """Give the rows one by one."""
        ...


class PatientReading:
    """Reads what nobody changes meanwhile, again after a lost connection."""

    def __init__(self, connection: Reads) -> None:
        self._connection = connection

    async def run(self, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Run a reading statement and return all its rows."""
        return await repeat(partial(self._connection.run, statement, parameters))

    async def stream(self, statement: str, parameters: Mapping[str, Any]) -> AsyncGenerator[Row, None]:
        """Stream the rows of a reading statement whose rows come in one order; each comes once."""
        given = 0
        waits = _waits()
        while True:
            try:
                async with aclosing(self._connection.stream(statement, parameters)) as rows:
                    at = 0
                    async for row in rows:
                        at += 1
                        if at > given:
                            given, waits = at, _waits()
                            yield row
                return
            except RepeatableError:
                wait = next(waits, None)
                if wait is None:
                    raise
                await asyncio.sleep(wait)
