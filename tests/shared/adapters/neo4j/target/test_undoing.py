"""What is undone, given back and released on a server that takes few changes at a time, or is cut off meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from neo4j import AsyncResult

from shared.adapters.neo4j import connection, repeating
from shared.adapters.neo4j.connection import Connection, Row, open_connection
from shared.adapters.neo4j.cypher.names import RETIRED
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.replacing import stepping_back
from shared.adapters.neo4j.replacing.removal import Removal
from shared.adapters.neo4j.server_errors import TooMuchAtOnceError
from shared.adapters.neo4j.target import publishing
from shared.ports.graph_target import GraphImport
from shared.ports.import_plans import JournalPhase
from shared.references import Direction, ExternalReference, NodeKey
from shared.settings.databases import DatabaseSettings
from tests.shared.ports.test_graph_target_port import PLAN
from tests.shared.ports.test_graph_target_sharing import (
    NODES,
    OVERWRITE,
    RELATIONSHIPS,
    REMOVAL,
    SIMPLE,
    begin,
    complete,
    marks,
    seed,
)
from tests.support.stacks.databases import SeededNeo4j
from tests.support.stacks.engines import wipe_database

FAR = ("one", "two", "three")

GRAPH = """
MATCH (n) OPTIONAL MATCH (n)-[r]->(m)
WITH n, collect([type(r), properties(r), id(m)]) AS leaving
RETURN id(n), labels(n), properties(n), leaving
"""


@pytest.fixture
async def seeded(neo4j_2026: DatabaseSettings) -> AsyncIterator[SeededNeo4j]:
    wipe_database(neo4j_2026)
    async with open_connection("graph", neo4j_2026) as opened:
        yield SeededNeo4j(opened)


async def _see(seeded: SeededNeo4j) -> list[str]:
    """Return all that the database holds, whatever its order."""
    found = await seeded.connection.run(GRAPH)
    return sorted(
        repr((node, sorted(labels), properties, sorted(map(repr, each)))) for node, labels, properties, each in found
    )


def _take_few_changes(monkeypatch: pytest.MonkeyPatch, *, most: int = 1) -> None:
    """Let the server refuse every statement that gives, or takes, more labels or relationships than so many."""

    async def take_few(result: AsyncResult) -> list[Row]:
        rows = await result.values()
        changes = (await result.consume()).counters
        if max(changes.labels_added, changes.labels_removed, changes.relationships_deleted) > most:
            raise TooMuchAtOnceError("no memory")
        return rows

    async def write(self: Connection, statement: str, parameters: Mapping[str, Any], metadata: Any) -> list[Row]:
        async with self.transaction(metadata) as transaction:
            rows = await transaction.run(statement, parameters)
            await transaction.commit()
            return rows

    monkeypatch.setattr(repeating, "REPEAT_SECONDS", 0.1)
    monkeypatch.setattr(connection, "_take_all", take_few)
    monkeypatch.setattr(Connection, "write", write)


async def _publish_in_vain(seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch) -> GraphImport:
    """Overwrite an application, with nodes that others share and relationships to theirs, until its entry fails."""

    async def fail(*_: Any) -> NoReturn:
        raise ConnectionAbortedError

    opened = await seeded.target.begin(OVERWRITE)
    opened.mark_shared(marks(1, 2))
    await opened.write_nodes(0, [(row[0], row[1], {**row[2], "note": "new"}) for row in NODES])
    await opened.write_relationships(0, RELATIONSHIPS)
    keys = [NodeKey(label="Far", properties={"code": code}) for code in FAR]
    references = [
        ExternalReference(
            node=0, direction=Direction.OUT, type="USES", properties={}, application=None, version=None, key=key
        )
        for key in keys
    ]
    assert await opened.connect(0, references) == []
    with monkeypatch.context() as patched:
        patched.setattr(publishing, "AT_ONCE_NODES", 1)
        patched.setattr(publishing, "_enter", fail)
        with pytest.raises(ConnectionAbortedError):
            await opened.publish()
    again = await seeded.target.resume(OVERWRITE.job_id, 2)
    assert again is not None
    assert again.phase is JournalPhase.PUBLISHING
    return again


async def _seed_all(seeded: SeededNeo4j) -> list[str]:
    await seed(seeded)
    for code in FAR:
        await seeded.add_node(["Far"], {"code": code})
    await complete(await begin(seeded))
    return await _see(seeded)


async def test_an_undo_takes_no_more_at_once_than_the_server_does(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await _seed_all(seeded)
    opened = await _publish_in_vain(seeded, monkeypatch)
    assert await _see(seeded) != before
    _take_few_changes(monkeypatch, most=2)  # a node of its own, and one that it had joined
    await opened.undo()
    assert await _see(seeded) == before


@pytest.mark.parametrize("steps", [0, 3])
async def test_an_undo_that_was_broken_off_is_undone_to_its_end_and_never_published(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    before = await _seed_all(seeded)
    opened = await _publish_in_vain(seeded, monkeypatch)
    with monkeypatch.context() as patched:
        _cut_off(patched, after=steps)
        with pytest.raises(ConnectionAbortedError):
            await opened.undo()
    again = await seeded.target.resume(OVERWRITE.job_id, 3)
    assert again is not None
    assert again.phase is JournalPhase.UNDOING
    await again.undo()
    assert await _see(seeded) == before


def _cut_off(monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """Let the process die after so many statements that are repeated until nothing is left to do."""
    write_all, left = Journal.write_all, [after]

    async def dying(self: Journal, *given: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionAbortedError
        await write_all(self, *given)

    monkeypatch.setattr(Journal, "write_all", dying)


async def test_joined_nodes_that_nobody_carries_any_more_are_given_back_one_by_one(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seed(seeded)
    opened = await seeded.target.begin(SIMPLE)
    opened.mark_shared(marks(1, 2))
    await opened.write_nodes(0, NODES)
    assert sorted(opened.joined) == [1, 2]
    await complete(await seeded.target.begin_removal(REMOVAL))
    _take_few_changes(monkeypatch)
    await opened.undo()
    assert await seeded.count_everything() == (0, 0)


async def test_nodes_that_others_came_to_claim_are_released_one_by_one(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seeded.add_node(["Application"], {"Name": "Other"})
    for _ in range(3):
        await seeded.add_node(["App"])
    opened = await seeded.target.begin_removal(replace(REMOVAL, name="App"))
    carry_out = Removal.carry_out

    async def after_a_claim(self: Removal, keys: list[str]) -> None:
        await seeded.connection.run(f"MATCH (n:{RETIRED}) SET n:Other")
        _take_few_changes(patched)
        await carry_out(self, keys)

    with monkeypatch.context() as patched:
        patched.setattr(Removal, "carry_out", after_a_claim)
        await opened.publish()
    await opened.forget()
    assert (await seeded.source.count("Other")).nodes == 3
    assert await seeded.count_everything() == (4, 0)


async def test_a_node_that_cannot_go_even_alone_is_named_and_waited_for(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seeded.add_constraint("Type", "id")
    opened = await begin(seeded)
    _take_few_changes(monkeypatch, most=0)
    monkeypatch.setattr(stepping_back, "STEP_NODES", 1)
    with pytest.raises(TooMuchAtOnceError, match=r"Removing stands at node \d+ with labels \['(Object|Type)'"):
        await opened.undo()
    assert PLAN.job_id in {each.job_id for each in await seeded.target.list_imports()}
