"""A joined node is known by its key: its id may have been given to another since."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.journal import journal, links
from shared.adapters.neo4j.target import publishing
from shared.errors import VerificationError
from shared.settings.databases import DatabaseSettings
from tests.shared.ports.test_graph_target_port import PLAN
from tests.shared.ports.test_graph_target_sharing import NODES, RELATIONSHIPS, SIMPLE, begin, complete, marks, seed
from tests.support.stacks.databases import SeededNeo4j

BECOME_ANOTHER = "MATCH (n:Type {id: 'class'}) SET n.id = 'another'"
"""What an id that was given to another node looks like: a node of the same label, with another key."""


@pytest.fixture
async def seeded(neo4j: DatabaseSettings) -> AsyncIterator[SeededNeo4j]:
    async with open_connection("graph", neo4j) as connection:
        yield SeededNeo4j(connection)


async def carriers(seeded: SeededNeo4j) -> list[str]:
    rows = await seeded.connection.run("MATCH (n:App) RETURN coalesce(n.id, n.name)")
    return sorted(row[0] for row in rows)


@pytest.mark.parametrize("is_small", [True, False], ids=["at once", "in steps"])
async def test_another_node_with_the_id_is_not_published(
    seeded: SeededNeo4j, is_small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seed(seeded)
    opened = await begin(seeded)
    await seeded.connection.run(BECOME_ANOTHER)
    if not is_small:
        monkeypatch.setattr(publishing, "AT_ONCE_NODES", 0)
        monkeypatch.setattr(links, "LINKS_AT_ONCE", 1)
    before = await seeded.connection.run("MATCH ({id: 'another'})-[r:CONTAINS]->() RETURN count(r)")

    await complete(opened)

    assert await carriers(seeded) == ["field", "mine", "table"]
    after = await seeded.connection.run("MATCH ({id: 'another'})-[r:CONTAINS]->() RETURN count(r)")
    assert after == before


async def test_no_relationship_is_written_to_another_node_with_the_id(seeded: SeededNeo4j) -> None:
    await seed(seeded)
    opened = await seeded.target.begin(SIMPLE)
    opened.mark_shared(marks(1, 2, 3))
    await opened.write_nodes(0, NODES)
    await seeded.connection.run(BECOME_ANOTHER)
    with pytest.raises(VerificationError, match="found both their nodes"):
        await opened.write_relationships(0, RELATIONSHIPS)
    with pytest.raises(VerificationError, match="shared nodes are gone"):
        await opened.read_joined([1])


async def test_an_undo_does_not_take_another_node_with_the_id_for_one_that_nobody_carries(seeded: SeededNeo4j) -> None:
    await seed(seeded)
    opened = await begin(seeded)
    await seeded.connection.run("MATCH (n:Other) REMOVE n:Other")
    await seeded.connection.run("MATCH (n:Application {Name: 'Other'}) DELETE n")
    await seeded.connection.run(BECOME_ANOTHER)

    await opened.undo()

    # What was joined, and is carried by nobody any more, goes; what has got its id stays.
    assert await seeded.connection.run("MATCH (n) RETURN n.id") == [["another"]]


async def test_records_are_read_few_at_a_time(seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch) -> None:
    await seed(seeded)
    opened = await seeded.target.begin(SIMPLE)
    opened.mark_shared(marks(1, 2, 3))
    for first in range(4):
        await opened.write_nodes(first, NODES[first : first + 1])
    for first in range(5):
        await opened.write_relationships(first, RELATIONSHIPS[first : first + 1])
    for size in (1, 2, 3, 4, 5, 6):
        monkeypatch.setattr(journal, "RECORDS_AT_ONCE", size)
        again = await seeded.target.resume(PLAN.job_id, 2)
        assert again is not None
        assert list(await again.nodes_written()) == [range(at, at + 1) for at in range(4)]
        assert list(await again.relationships_written()) == [range(at, at + 1) for at in range(5)]
        assert sorted(again.joined) == [1, 2]
