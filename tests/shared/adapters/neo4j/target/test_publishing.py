"""Whoever reads through the catalogue while an import is published sees the old, nothing, or the new."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from shared.adapters.neo4j.connection import Connection, open_connection
from shared.adapters.neo4j.target import publishing
from shared.graph import GraphCounts
from shared.ports.import_plans import Placement
from shared.settings.databases import DatabaseSettings
from tests.shared.ports.test_graph_target_port import APP, PLAN
from tests.support.stacks.databases import SeededNeo4j

NODES, BATCH = 3_000, 500
POLLS_PER_SECOND = 50

ENTRY = "MATCH (e:Application {Name: 'App'}) RETURN e.owner"
CONTENT = "MATCH (n:App) RETURN n.generation, count(*)"

Sight = tuple[tuple[str, int], ...]
"""The generations of an application's nodes, counted."""


@dataclass(slots=True)
class Reader:
    """Looks at an application again and again; what it sees counts if the entry was the same before and after."""

    connection: Connection
    seen: Counter[Sight] = field(default_factory=Counter)

    async def see(self, sight: Sight) -> None:
        """Wait until this has been seen."""
        async with asyncio.timeout(30):
            while not self.seen[sight]:  # noqa: ASYNC110 - a counter tells nobody
                await asyncio.sleep(1 / POLLS_PER_SECOND)

    async def poll(self) -> None:
        while True:
            before = await self.connection.run(ENTRY)
            content = [(row[0], row[1]) for row in await self.connection.run(CONTENT)] if before else []
            if await self.connection.run(ENTRY) == before:
                self.seen[tuple(content)] += 1
            await asyncio.sleep(1 / POLLS_PER_SECOND)


@pytest.fixture
async def seeded(neo4j: DatabaseSettings) -> AsyncIterator[SeededNeo4j]:
    async with open_connection("graph", neo4j) as connection:
        yield SeededNeo4j(connection)


@pytest.mark.parametrize("is_large", [False, True])
async def test_a_reader_never_sees_a_mixture(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    if is_large:
        monkeypatch.setattr(publishing, "AT_ONCE_NODES", BATCH)
        monkeypatch.setattr(publishing, "STEP_NODES", BATCH)
    reader = Reader(seeded.connection)
    old, new = ((("old", NODES),), (("new", NODES),))
    polling = asyncio.create_task(reader.poll())
    try:
        await _import(seeded, "old", Placement.NEW)
        await reader.see(old)
        await _import(seeded, "new", Placement.REPLACE)
        await reader.see(new)
    finally:
        polling.cancel()
        await asyncio.wait([polling])

    assert set(reader.seen) <= {(), old, new}


async def _import(seeded: SeededNeo4j, generation: str, placement: Placement) -> None:
    application = replace(
        APP,
        counts=GraphCounts(nodes=NODES, relationships=0),
        catalogue_properties={"owner": generation},
        placement=placement,
    )
    opened = await seeded.target.begin(replace(PLAN, job_id=generation, applications=(application,)))
    for first in range(0, NODES, BATCH):
        rows = [(each, ["Class"], {"generation": generation}) for each in range(first, first + BATCH)]
        await opened.write_nodes(first, rows)
    await asyncio.sleep(3 / POLLS_PER_SECOND)
    await opened.publish()
    await opened.forget()
