"""A driver of Neo4j without a server, and a count of what the real one asks its server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from neo4j import AsyncDriver, AsyncSession, AsyncTransaction, Query

from shared.adapters.neo4j.connection import Connection
from shared.adapters.neo4j.cypher.catalogue import PROBE


@dataclass(slots=True, kw_only=True)
class DriverDouble:
    """Answers the probe with a value, or an error; any other statement has no rows."""

    probed: object
    sent: list[str] = field(default_factory=list)

    def connect(self) -> Connection:
        return Connection(cast("AsyncDriver", self), "left", "neo4j")

    @asynccontextmanager
    async def session(self, **_: Any) -> AsyncIterator[DriverDouble]:
        yield self

    async def run(self, statement: str | Query, parameters: object = None) -> ResultDouble:
        del parameters
        text = str(statement.text if isinstance(statement, Query) else statement)
        self.sent.append(text)
        await asyncio.sleep(0.01)  # as long as a server takes
        if text != PROBE:
            return ResultDouble([])
        if isinstance(self.probed, Exception):
            raise self.probed
        return ResultDouble([[self.probed]])


@dataclass(frozen=True, slots=True)
class ResultDouble:
    rows: list[list[Any]]
    parameters: None = None

    async def values(self) -> list[list[Any]]:
        return self.rows

    async def __aiter__(self) -> AsyncIterator[list[Any]]:
        for row in self.rows:
            yield row

    async def consume(self) -> ResultDouble:
        return self


_ASKING = (
    (AsyncSession, "run"),
    (AsyncSession, "begin_transaction"),
    (AsyncTransaction, "run"),
    (AsyncTransaction, "commit"),
)
"""The calls each of which waits for an answer."""


def list_round_trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a list that grows by each thing that the server is asked: a statement, or the call that needs none."""
    asked: list[str] = []

    def watch(owner: Any, name: str) -> None:
        call = getattr(owner, name)

        async def note(self: Any, *given: Any, **options: Any) -> Any:
            asked.append(" ".join(str(getattr(given[0], "text", given[0])).split()) if given else name)
            return await call(self, *given, **options)

        monkeypatch.setattr(owner, name, note)

    for owner, name in _ASKING:
        watch(owner, name)
    return asked
