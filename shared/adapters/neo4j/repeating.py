"""Repeats statements that a server refused for a moment or did not answer, for a bounded time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from shared.adapters.neo4j.connection import RECORD_BYTES, Row
from shared.adapters.neo4j.server_errors import (
    ConnectionLostError,
    PassingStateError,
    RefusedDataError,
    RepeatableError,
    TooMuchAtOnceError,
)

REPEAT_SECONDS = 60.0
"""How long a transaction is sent again, whatever passing state refuses it, before the attempt gives up."""

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0
SHUT_OUT_SECONDS = 5.0
"""How long to wait for a server that does not let us in: asked more often, it would shut us out for longer."""

Result = TypeVar("Result")


async def repeat(
    attempt: Callable[[], Awaitable[Result]], *, but_for: type[RepeatableError] | tuple[type[RepeatableError], ...] = ()
) -> Result:
    """Begin again as long as a state of the server refuses it that may pass, for a bounded time.

    Raises: PassingStateError.
    """
    waits = _waits()
    while True:
        try:
            return await attempt()
        except but_for:
            raise
        except PassingStateError as error:
            await _wait_or_raise(waits, error)


async def _wait_or_raise(waits: Iterator[float], error: PassingStateError) -> None:
    wait = next(waits, None) if error.may_pass else None
    if wait is None:
        raise error
    await asyncio.sleep(wait if isinstance(error, RepeatableError) else SHUT_OUT_SECONDS)


@dataclass(slots=True)
class Portion:
    """How much one transaction takes: halved for good where the server does not take it, or refuses a part of it."""

    limit: int

    async def write(self, attempt: Callable[[int], Awaitable[Result]]) -> Result:
        """Give the attempt its limit; with a limit of one it is only repeated.

        Raises: PassingStateError, RefusedDataError.
        """
        while (limit := self.limit) > 1:
            try:
                return await attempt(limit)
            except (TooMuchAtOnceError, RefusedDataError):
                self.limit = min(self.limit, (limit + 1) // 2)
        return await repeat(partial(attempt, limit))


def _waits() -> Iterator[float]:
    """Give growing waits until the time for repeats is over."""
    end = time.monotonic() + REPEAT_SECONDS
    wait = FIRST_WAIT_SECONDS
    while time.monotonic() < end:
        yield wait
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


class Reads(Protocol):
    """Runs reading statements: a connection, or one that begins again when it is lost."""

    async def run(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        record_bytes: int | None = None,
        packed: bool = False,
    ) -> list[Row]:
        """Return all rows."""
        ...

    def stream(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        record_bytes: int | None = RECORD_BYTES,
        packed: bool = False,
    ) -> AsyncGenerator[Row, None]:
        """Give the rows one by one."""
        ...


class PatientReading:
    """Reads what nobody changes meanwhile, again after a passing state of the server.

    `at_break`: is called whenever a stream breaks.
    """

    def __init__(self, connection: Reads, *, at_break: Callable[[], None] = lambda: None) -> None:
        self._connection = connection
        self._at_break = at_break

    async def run(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        record_bytes: int | None = None,
        packed: bool = False,
    ) -> list[Row]:
        """Run a reading statement and return all its rows."""
        read = partial(self._connection.run, statement, parameters, record_bytes=record_bytes, packed=packed)
        if not _may_be_cut(record_bytes):
            return await repeat(read)
        try:
            return await repeat(read, but_for=(TooMuchAtOnceError, ConnectionLostError))
        except ConnectionLostError:
            return await read()

    async def stream(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        record_bytes: int | None = RECORD_BYTES,
        packed: bool = False,
    ) -> AsyncGenerator[Row, None]:
        """Stream the rows of a reading statement whose rows come in one order; each comes once."""
        open_stream = partial(self._connection.stream, statement, parameters, record_bytes=record_bytes, packed=packed)
        given, losses = 0, 0
        waits = _waits()
        while True:
            try:
                async with aclosing(open_stream()) as rows:
                    at = 0
                    async for row in rows:
                        at += 1
                        if at > given:
                            given, losses, waits = at, 0, _waits()
                            yield row
                return
            except PassingStateError as error:
                self._at_break()
                losses += isinstance(error, ConnectionLostError)
                is_too_much = isinstance(error, TooMuchAtOnceError) or losses > 1
                if is_too_much and _may_be_cut(record_bytes):
                    raise
                await _wait_or_raise(waits, error)


def _may_be_cut(record_bytes: int | None) -> bool:
    """Whether whoever reads asks for fewer rows at once, where these are too much."""
    return record_bytes is not None
