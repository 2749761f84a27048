from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest

from shared.adapters.neo4j.connection import Connection, Row
from shared.adapters.neo4j.cypher.application import ApplicationStatements
from shared.adapters.neo4j.cypher.catalogue import ALL_RELATIONSHIPS
from shared.adapters.neo4j.source import application
from shared.adapters.neo4j.source.application import ApplicationReader
from shared.adapters.neo4j.source.border import BorderReader
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.errors import SourceChangedError
from shared.graph import GraphCounts
from shared.native import is_compiled
from shared.node_keys import KeyForms
from tests.support.packing import pack

STATEMENTS = ApplicationStatements("Shop", catalogue_inside=False)


@dataclass
class Answers:
    """Stands for a server in a moment that cannot be held: what is read is deleted between two steps of a statement.

    A server then gives a node without labels and properties, and a relationship with an empty type.
    """

    of_statements: Mapping[str, list[Row]]

    @property
    def connection(self) -> Connection:
        return cast("Connection", self)

    @property
    def name(self) -> str:
        return "left"

    async def run(self, statement: str, _: Mapping[str, Any] | None = None, **__: int) -> list[Row]:
        return self.of_statements.get(statement, [])

    async def stream(
        self, statement: str, _: Mapping[str, Any], *, packed: bool = False, **__: int
    ) -> AsyncGenerator[Row, None]:
        for row in self.of_statements[statement]:
            yield [pack(row[0])] if packed else row


def _reader(**answers: list[Row]) -> ApplicationReader:
    of_statements = {getattr(STATEMENTS, name): rows for name, rows in answers.items()}
    connection = Answers({STATEMENTS.blocks: [[0, 2]], **of_statements}).connection
    return ApplicationReader(
        connection=connection, statements=STATEMENTS, label="Shop", others=frozenset(), batch_size=10, lanes=1
    )


@pytest.fixture(params=["packed", "unpacked"])
def records(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have records stay packed, or not as where the codec is not compiled."""
    if request.param == "unpacked":
        monkeypatch.setattr(application, "is_compiled", lambda: False)
    elif not is_compiled():
        pytest.skip("the codec is not compiled")


@pytest.mark.usefixtures("records")
async def test_a_node_deleted_while_it_is_read_is_a_change_of_the_source() -> None:
    reader = _reader(nodes=[[[[1, ["Shop"], {"a": 1}], [2, [], {}]]]])
    with pytest.raises(SourceChangedError, match="Node 2"):
        await _count(reader.read_nodes())


@pytest.mark.usefixtures("records")
async def test_a_relationship_deleted_while_it_is_read_is_a_change_of_the_source() -> None:
    rows = [[5, 1, 2, "KNOWS", {}], [6, 1, 2, "", {}]]
    reader = _reader(degrees=[[[[1, 2]]]], relationships=[[rows]])
    with pytest.raises(SourceChangedError, match="deleted while it was read"):
        await _count(reader.read_relationships())


async def test_a_reference_deleted_while_it_is_read_is_a_change_of_the_source() -> None:
    answers = Answers(
        {
            ALL_RELATIONSHIPS: [[1]],
            STATEMENTS.degree_sums: [[1, 0]],
            STATEMENTS.blocks: [[0, 2]],
            STATEMENTS.references("-[r]->"): [[1, "", {}, 2, ["Other"], [], False]],
        }
    )
    reader = BorderReader(connection=answers.connection, statements=STATEMENTS, label="Shop", others={}, batch_size=10)
    with pytest.raises(SourceChangedError, match="deleted while it was read"):
        await _count(reader.read_references(KeyForms([]), inside=0))


async def test_a_sample_leaves_out_what_is_deleted_while_it_is_drawn() -> None:
    source = Neo4jSource(
        Answers(
            {
                STATEMENTS.counts: [["nodes", 2], ["relationships", 2]],
                STATEMENTS.some_nodes: [[1, ["Shop", "Thing"], {}], [2, [], {}]],
                STATEMENTS.some_relationships: [[5, 1, 2, "KNOWS", {}], [6, 1, 2, "", {}]],
            }
        ).connection
    )
    sample = await source.sample("Shop", limit=10)
    assert sample.counts == GraphCounts(nodes=2, relationships=2)
    assert [list(row) for row in sample.nodes] == [[1, ["Thing"], {}]]
    assert [list(row) for row in sample.relationships] == [[5, 1, 2, "KNOWS", {}]]


async def _count(batches: AsyncGenerator[Any, None]) -> int:
    return sum([len(list(rows)) async for rows in batches])
