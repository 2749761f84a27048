"""Our own import without what makes it safe: no journal, no marker, no lock, nothing read back."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from neo4j import AsyncDriver, AsyncGraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import DriverError, Neo4jError

from infra.bench import statements
from infra.bench.database import BenchDatabase
from infra.engines.process import EngineError
from shared.archive.inspection.inspection import inspect
from shared.archive.reading.reader import ArchiveReader
from shared.graph import NodeRow, RelationshipRow

_ROWS = 5000

_LANES = 2

Row = TypeVar("Row")


def import_bare(database: BenchDatabase, archive: Path) -> float:
    """Inspect the archive, create what it holds, in place and at once visible; return the seconds. Raises: EngineError.

    Its values must be numbers, truths and strings: others would have to be converted.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_import(database, archive))


async def _import(database: BenchDatabase, archive: Path) -> float:
    settings, began = database.server.settings, time.perf_counter()
    auth = (settings.user, settings.password.get_secret_value())
    silent = NotificationMinimumSeverity.OFF
    try:
        async with AsyncGraphDatabase.driver(settings.uri, auth=auth, notifications_min_severity=silent) as driver:
            await inspect(archive)
            async with ArchiveReader.open(archive) as reader:
                await _Import(driver, settings.database, reader).write()
    except (DriverError, Neo4jError) as error:
        raise EngineError(f"The bare import failed: {error}") from error
    return time.perf_counter() - began


class _Import:
    """Writes the archive's first application."""

    def __init__(self, driver: AsyncDriver, database: str, reader: ArchiveReader) -> None:
        self._driver = driver
        self._database = database
        self._reader = reader
        self._application = reader.manifest.applications[0]
        self._ids = array("q", bytes(8 * self._application.nodes))

    async def write(self) -> None:
        await self._run(statements.CREATE_CATALOGUE_ENTRY, name=self._application.name)
        await self._in_lanes(self._reader.read_nodes(self._application, batch_size=_ROWS), self._write_nodes)
        relationships = self._reader.read_relationships(self._application, batch_size=_ROWS)
        await self._in_lanes(relationships, self._write_relationships)

    async def _in_lanes(
        self, batches: AsyncIterator[Sequence[Row]], write: Callable[[Sequence[Row]], Awaitable[None]]
    ) -> None:
        turn = asyncio.Lock()

        async def work() -> None:
            while True:
                async with turn:
                    batch = await anext(batches, None)
                if batch is None:
                    return
                await write(batch)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(_LANES):
                lanes.create_task(work())

    async def _write_nodes(self, rows: Sequence[NodeRow]) -> None:
        groups: dict[tuple[str, ...], list[NodeRow]] = defaultdict(list)
        for row in rows:
            groups[tuple(row[1])].append(row)
        for labels, group in groups.items():
            text = statements.CREATE_NODES.format(labels="`:`".join((self._application.name, *labels)))
            (made,) = await self._run(text, rows=[row[2] for row in group])
            for row, identity in zip(group, made[0], strict=True):
                self._ids[row[0]] = identity

    async def _write_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        groups: dict[str, list[Any]] = defaultdict(list)
        for _, start, end, kind, properties in rows:
            groups[kind].append((self._ids[start], self._ids[end], properties))
        for kind, group in groups.items():
            await self._run(statements.CREATE_RELATIONSHIPS.format(type=kind), rows=group)

    async def _run(self, statement: str, **parameters: Any) -> list[list[Any]]:
        """Run a statement; of deadlocks between lanes the driver makes a second try."""
        answer = await self._driver.execute_query(statement, parameters, database_=self._database)
        return [record.values() for record in answer.records]
