"""Thousands of tiny applications of a real server are listed, and counted in parts, with few statements."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from shared.adapters.neo4j.connection import Connection, Row, open_connection
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.ports.graph_source import MOST_COUNTED
from shared.settings.databases import DatabaseSettings
from tests.support.stacks.engines import wipe_database

APPLICATIONS = 3000
ODD = "odd`\\label"
"""That stands in no statement as it is."""
FILL = """
UNWIND range(1, $many) AS i
CREATE (:Application {Name: 'Tiny' + i, Version: '1.0.0', Label: 'Tiny' + i})
WITH i WHERE i <= $counted
CREATE (a:$('Tiny' + i) {n: i})-[:NEXT]->(:$('Tiny' + i) {n: -i})-[:OUT]->(:Elsewhere)
"""


async def test_they_cost_few_statements(neo4j: DatabaseSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    wipe_database(neo4j)
    sent: list[str] = []
    stream = Connection.stream

    async def note(self: Connection, statement: str, *arguments: Any, **options: Any) -> AsyncGenerator[Row, None]:
        sent.append(statement)
        async for row in stream(self, statement, *arguments, **options):
            yield row

    async with open_connection("graph", neo4j) as connection:
        await connection.run(FILL, {"many": APPLICATIONS, "counted": MOST_COUNTED})
        await connection.run("CREATE (:$($odd)), (:Application:Tiny1 {Name: 'Inside'})", {"odd": ODD})
        monkeypatch.setattr(Connection, "stream", note)
        source = Neo4jSource(connection)
        entries, damaged = await source.read_catalogue()
        assert len(entries) == APPLICATIONS + 1
        assert damaged == []
        assert len(sent) <= 2
        sent.clear()
        labels = [f"Tiny{number}" for number in range(1, MOST_COUNTED + 1)]
        assert await source.count_nodes_of_each(labels) == [2] * MOST_COUNTED
        assert await source.count_relationships_of_each(labels) == [1] * MOST_COUNTED
        assert len(sent) == 4
        odd = ["Tiny2", ODD, "Nowhere"]
        assert await source.count_nodes_of_each(odd) == [2, 1, 0]
        assert await source.count_relationships_of_each(odd) == [1, 0, 0]
        assert await source.count_nodes_of_each([]) == []
    wipe_database(neo4j)
