"""A connection to a cluster for one job: it follows the leader, and sees on each member what it saw on others."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

from typing_extensions import override

from shared.adapters.neo4j.connection import RECORD_BYTES, RECORDS_AHEAD, Connection, Row, Transaction
from shared.adapters.neo4j.repeating import PatientReading, repeat
from shared.adapters.neo4j.server_errors import PassingStateError, RepeatableError, TooMuchAtOnceError

KNOCK: Final = "RETURN 1"
"""Tells whether a database lets us in."""


def follow(connection: Connection, *, from_replicas: bool = False) -> Connection:
    """Give a connection for one job; with `bolt://`, where there is no leader to follow, it is the same one."""
    if not connection.is_routed or isinstance(connection, FollowingConnection):
        return connection
    return FollowingConnection(connection.chained(from_replicas=from_replicas))


class FollowingConnection(Connection):
    """Reads again where the cluster has no member for it just now, for a bounded time.

    What writes is repeated by those who know what was written. Bookmarks go from one session to the next.
    """

    def __init__(self, chained: Connection) -> None:
        self.name, self.database, self.is_routed = chained.name, chained.database, chained.is_routed
        self._chained = chained
        self._patient = PatientReading(_Watched(self, chained))
        self._has_answered = False
        self.broken = 0
        """Streams that broke: what they had given may be newer than all that bookmarks tell of."""

    @override
    async def run(
        self,
        statement: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        record_bytes: int | None = None,
        packed: bool = False,
    ) -> list[Row]:
        """Run a statement that may be repeated, and return all its rows. Raises: as a connection's."""
        await self._require_let_in()
        if record_bytes is not None:
            return await self._patient.run(statement, parameters or {}, record_bytes=record_bytes, packed=packed)
        run = partial(self._chained.run, statement, parameters, packed=packed)
        return await repeat(run, but_for=TooMuchAtOnceError)

    async def _require_let_in(self) -> None:
        """Tell at once, and not after all patience, that the database does not know us, or is none: once for a job.

        What passes is left to whoever asks next.
        """
        if self._has_answered:
            return
        with suppress(RepeatableError):
            await self._chained.run(KNOCK)
            self._has_answered = True

    @override
    async def stream(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        records_ahead: int = RECORDS_AHEAD,
        record_bytes: int | None = RECORD_BYTES,
        packed: bool = False,
    ) -> AsyncGenerator[Row, None]:
        """Stream the rows of a reading statement; after a break go on behind those that were given."""
        del records_ahead
        async with aclosing(
            self._patient.stream(statement, parameters, record_bytes=record_bytes, packed=packed)
        ) as rows:
            async for row in rows:
                yield row

    @override
    async def write(self, statement: str, parameters: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[Row]:
        """Run a statement that is a whole write transaction, once."""
        return await self._chained.write(statement, parameters, metadata)

    @override
    @asynccontextmanager
    async def transaction(self, metadata: Mapping[str, Any]) -> AsyncIterator[Transaction]:
        """Open a write transaction."""
        async with self._chained.transaction(metadata) as transaction:
            yield transaction

    @override
    async def read_bookmarks(self) -> frozenset[str]:
        """Return what moves with every commit of the database, and with every stream that broke meanwhile.

        The member that answers has reached all that was read: one that leads no longer, and does not know it, cannot.
        """
        await self._require_let_in()
        bookmarks = await repeat(self._chained.read_bookmarks)
        return bookmarks | {f"broken: {self.broken}"} if self.broken else bookmarks


class _Watched:
    """Counts the streams that break."""

    def __init__(self, counted: FollowingConnection, chained: Connection) -> None:
        self._counted = counted
        self._chained = chained

    async def run(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        record_bytes: int | None = None,
        packed: bool = False,
    ) -> list[Row]:
        return await self._chained.run(statement, parameters, record_bytes=record_bytes, packed=packed)

    async def stream(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        record_bytes: int | None = RECORD_BYTES,
        packed: bool = False,
    ) -> AsyncGenerator[Row, None]:
        stream = self._chained.stream(statement, parameters, record_bytes=record_bytes, packed=packed)
        async with aclosing(stream) as rows:
            try:
                async for row in rows:
                    yield row
            except PassingStateError:
                self._counted.broken += 1
                raise
