"""What asks one database: the pool of a process, or a job's view of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from shared.adapters.neo4j.connection import RECORD_BYTES, RECORDS_AHEAD, Row, Transaction


class AnyConnection(Protocol):
    """Runs statements in one database, in any number of tasks."""

    @property
    def name(self) -> str:
        """What settings call the database."""
        ...

    @property
    def database(self) -> str:
        """What the server calls it."""
        ...

    async def run(
        self,
        statement: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        record_bytes: int | None = None,
        packed: bool = False,
    ) -> list[Row]:
        """Run a statement in a transaction of its own and return all its rows. Raises: RecordTooLongError."""
        ...

    def stream(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        records_ahead: int = RECORDS_AHEAD,
        record_bytes: int | None = RECORD_BYTES,
        packed: bool = False,
    ) -> AsyncGenerator[Row, None]:
        """Stream the rows of a reading statement. Raises: RecordTooLongError."""
        ...

    async def write(self, statement: str, parameters: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[Row]:
        """Run a statement that is a whole write transaction, once; return all its rows.

        Raises: RepeatableError also when the outcome is unknown.
        """
        ...

    async def read_bookmarks(self) -> frozenset[str]:
        """Return what moves with every commit of the database."""
        ...

    def read_routing(self) -> tuple[Sequence[str], Sequence[str]]:
        """Return the addresses of members that take writes, and that serve reads, as of the last statement."""
        ...

    def transaction(self, metadata: Mapping[str, Any]) -> AbstractAsyncContextManager[Transaction]:
        """Open a write transaction that carries metadata for SHOW TRANSACTIONS."""
        ...
