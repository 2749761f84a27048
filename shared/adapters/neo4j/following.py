"""A connection to a cluster for one job: it follows the leader, and sees on each member what it saw on others."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from functools import partial
from typing import Any

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import RECORD_BYTES, RECORDS_AHEAD, Connection, Row, Transaction
from shared.adapters.neo4j.repeating import PatientReading, repeat
from shared.adapters.neo4j.server_errors import TooMuchAtOnceError


def follow(connection: AnyConnection, *, from_replicas: bool = False) -> AnyConnection:
    """Give a connection for one job; with `bolt://`, where there is no leader to follow, it is the same one."""
    if not isinstance(connection, Connection) or not connection.is_routed:
        return connection
    return FollowingConnection(connection.chained(from_replicas=from_replicas))


class FollowingConnection:
    """Reads again where the cluster has no member for it just now, for a bounded time.

    What writes is repeated by those who know what was written. Bookmarks go from one session to the next.
    """

    def __init__(self, chained: Connection) -> None:
        self.name, self.database = chained.name, chained.database
        self._chained = chained
        self._patient = PatientReading(chained, at_break=self._count_break)
        self._broken = 0
        """Streams that broke: what they had given may be newer than all that bookmarks tell of."""

    async def run(
        self,
        statement: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        record_bytes: int | None = None,
        packed: bool = False,
    ) -> list[Row]:
        """Run a statement that may be repeated, and return all its rows. Raises: as a connection's."""
        if record_bytes is not None:
            return await self._patient.run(statement, parameters or {}, record_bytes=record_bytes, packed=packed)
        run = partial(self._chained.run, statement, parameters, packed=packed)
        return await repeat(run, but_for=TooMuchAtOnceError)

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

    async def write(self, statement: str, parameters: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[Row]:
        """Run a statement that is a whole write transaction, once."""
        return await self._chained.write(statement, parameters, metadata)

    def read_routing(self) -> tuple[Sequence[str], Sequence[str]]:
        """Return who takes writes, and who serves reads."""
        return self._chained.read_routing()

    def transaction(self, metadata: Mapping[str, Any]) -> AbstractAsyncContextManager[Transaction]:
        """Open a write transaction."""
        return self._chained.transaction(metadata)

    async def read_bookmarks(self) -> frozenset[str]:
        """Return what moves with every commit of the database, and with every stream that broke meanwhile.

        The member that answers has reached all that was read: one that leads no longer, and does not know it, cannot.
        """
        bookmarks = await repeat(self._chained.read_bookmarks)
        return bookmarks | {f"broken: {self._broken}"} if self._broken else bookmarks

    def _count_break(self) -> None:
        self._broken += 1
