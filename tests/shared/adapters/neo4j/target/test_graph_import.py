"""How batches are cut, repeated and shut out on a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.neo4j import repeating
from shared.adapters.neo4j.connection import Connection, Row, Transaction, open_connection
from shared.adapters.neo4j.cypher.journal import SET_PHASE
from shared.adapters.neo4j.cypher.linking import PUBLISH_LINKS
from shared.adapters.neo4j.cypher.names import LANE
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.server_errors import TooMuchAtOnceError
from shared.adapters.neo4j.target import publishing, undoing
from shared.adapters.neo4j.target.graph_import import in_parts
from shared.concurrency.interruptions import LeaseLost
from shared.errors import ConstraintViolatedError, DatabaseUnavailableError, GraphferryError, InvalidDataError
from shared.graph import GraphCounts, NodeRow, RelationshipRow, ZonedDateTime
from shared.native import is_compiled
from shared.packing.rows import PackedRows
from shared.ports.graph_target import GraphImport
from shared.ports.import_plans import JournalPhase
from shared.references import Direction, ExternalReference, NodeKey
from shared.settings.databases import DatabaseSettings
from tests.shared.ports.test_graph_target_port import APP, NODES, PLAN, RELATIONSHIPS
from tests.support.stacks.databases import SeededNeo4j
from tests.support.summaries import NOTHING_CONNECTED, NOTHING_JOINED


@pytest.fixture
async def seeded(neo4j: DatabaseSettings) -> AsyncIterator[SeededNeo4j]:
    async with open_connection("graph", neo4j) as connection:
        yield SeededNeo4j(connection)


class NarrowServer:
    """Takes so many rows at once; may have taken a range before."""

    def __init__(self, limit: int, taken: range = range(0)) -> None:
        self.limit = limit
        self.taken = taken
        self.written: list[range] = []

    async def write(self, first: int, rows: Sequence[NodeRow]) -> int:
        if self.taken and first == self.taken.start:
            return len(self.taken)
        if len(rows) > self.limit:
            raise TooMuchAtOnceError("no memory")
        assert [row[0] for row in rows] == list(range(first, first + len(rows)))
        self.written.append(range(first, first + len(rows)))
        return len(rows)


ROWS: list[NodeRow] = [(at, [], {}) for at in range(20)]


async def blame(first: int, _: NodeRow, error: GraphferryError) -> InvalidDataError:
    return InvalidDataError(f"number {first}: {error.message}")


async def test_what_is_too_much_at_once_is_written_in_parts() -> None:
    server = NarrowServer(limit=3)
    await in_parts(10, ROWS[10:20], server.write, blame)
    assert [each for part in server.written for each in part] == list(range(10, 20))
    assert max(map(len, server.written)) == 3


async def test_a_range_that_was_written_before_is_passed_over_however_large_it_is() -> None:
    server = NarrowServer(limit=3, taken=range(10, 18))
    await in_parts(10, ROWS[10:20], server.write, blame)
    assert server.written == [range(18, 20)]


async def test_a_row_that_is_too_much_alone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "REPEAT_SECONDS", 0.1)
    with pytest.raises(InvalidDataError, match="number 7: no memory"):
        await in_parts(7, ROWS[7:9], NarrowServer(limit=0).write, blame)


LONG = "x" * 9_000
"""More than a server's index of a range takes."""
NOWHERE = ZonedDateTime(0, 0, "Nowhere/Land")


async def _add_index(seeded: SeededNeo4j, what: str) -> None:
    await seeded.connection.run(f"CREATE INDEX FOR {what}")
    await seeded.connection.run("CALL db.awaitIndexes()")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [(0, ["A"], {}), (1, ["Indexed"], {"a": 1, "text": LONG}), (2, [], {})],
            ["Node 1 of 'App'", "'Indexed'", "'text'"],
        ),
        ([(0, [], {"a": 1}), (1, [], {"when": NOWHERE})], ["Node 1", "'when'", "1970-01-01T00:00:00Z[Nowhere/Land]"]),
        ([(0, ["nul\0"], {"a": 1})], ["Node 0", "cannot be written. "]),
    ],
)
async def test_a_value_that_the_server_refuses_is_named_with_its_node(
    seeded: SeededNeo4j, rows: list[NodeRow], words: list[str]
) -> None:
    await _add_index(seeded, "(n:Indexed) ON (n.text)")
    before = await seeded.count_everything()
    opened = await seeded.target.begin(PLAN)
    with pytest.raises(InvalidDataError) as caught:
        await opened.write_nodes(0, rows)
    assert [each for each in words if each not in caught.value.message] == []
    await opened.undo()
    assert await seeded.count_everything() == before


def test_names_and_values_of_an_archive_make_no_message_that_nobody_can_store() -> None:
    assert len(InvalidDataError(f"Node 0, with labels {['x' * 16_000] * 50}").message) < 2_000


async def test_a_value_that_the_server_refuses_is_named_with_its_relationship(seeded: SeededNeo4j) -> None:
    await _add_index(seeded, "()-[r:INDEXED]-() ON (r.text)")
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, NODES)
    with pytest.raises(InvalidDataError, match=r"'INDEXED' from node 2 to node 0 of 'App'.*'text'"):
        await opened.write_relationships(0, [(0, 0, 1, "A", {}), (1, 2, 0, "INDEXED", {"a": 1, "text": LONG})])


def let_pass(monkeypatch: pytest.MonkeyPatch, *, nodes: int, links: int) -> None:
    """Let the server make so many nodes, or relationships of links, visible in one transaction."""
    write, run = Connection.write, Transaction.run

    async def write_few(self: Connection, statement: str, parameters: Mapping[str, Any], metadata: Any) -> list[Row]:
        if sum(each["high"] - each["low"] for each in parameters.get("pieces", ())) > nodes:
            raise TooMuchAtOnceError("too slow")
        return await write(self, statement, parameters, metadata)

    async def run_few(self: Transaction, statement: str, parameters: Mapping[str, Any]) -> list[Row]:
        rows = await run(self, statement, parameters)
        if statement == PUBLISH_LINKS and len(rows) > links:
            raise TooMuchAtOnceError("too slow")
        return rows

    monkeypatch.setattr(publishing, "AT_ONCE_NODES", 1)
    monkeypatch.setattr(repeating, "REPEAT_SECONDS", 0.1)
    monkeypatch.setattr(Connection, "write", write_few)
    monkeypatch.setattr(Transaction, "run", run_few)


async def stage_with_links(seeded: SeededNeo4j) -> GraphImport:
    """Stage one batch, from one node of which two links lead to nodes that are there."""
    for code in ("one", "two"):
        await seeded.add_node(["Far"], {"code": code})
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, NODES)
    await opened.write_relationships(0, RELATIONSHIPS)
    keys = [NodeKey(label="Far", properties={"code": code}) for code in ("one", "two")]
    links = [
        ExternalReference(
            node=0, direction=Direction.OUT, type="USES", properties={}, application=None, version=None, key=key
        )
        for key in keys
    ]
    assert await opened.connect(0, links) == []
    return opened


async def test_what_is_too_much_at_once_is_published_in_parts(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await stage_with_links(seeded)
    let_pass(monkeypatch, nodes=1, links=1)
    await opened.publish()
    await opened.forget()
    assert await seeded.source.count("App") == GraphCounts(nodes=4, relationships=3)
    assert await seeded.connection.run("MATCH (:App)-[r:USES]->(f:Far) RETURN count(r), count(DISTINCT f)") == [[2, 2]]
    assert await seeded.connection.run("MATCH (n:App) WHERE n:Application RETURN count(n)") == [[1]]
    assert await seeded.count_everything() == (7, 5)


@pytest.mark.parametrize(("nodes", "links", "words"), [(0, 1, "node of 'App'"), (1, 0, "relationship of type 'USES'")])
async def test_what_is_too_much_alone_is_named_and_the_import_undone(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch, nodes: int, links: int, words: str
) -> None:
    opened = await stage_with_links(seeded)
    let_pass(monkeypatch, nodes=nodes, links=links)
    with pytest.raises(InvalidDataError, match=words):
        await opened.publish()
    again = await seeded.target.resume(PLAN.job_id, 2)
    assert again is not None
    await again.undo()
    assert await seeded.count_everything() == (2, 0)


async def test_a_value_that_an_index_on_the_application_s_label_refuses_is_told(seeded: SeededNeo4j) -> None:
    await _add_index(seeded, "(n:App) ON (n.text)")
    before = await seeded.count_everything()
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, [(0, ["A"], {"text": LONG})])
    with pytest.raises(InvalidDataError, match=r"label of the application.*text"):
        await opened.publish()
    await opened.undo()
    assert await seeded.count_everything() == before


async def test_a_catalogue_property_that_the_server_refuses_is_told(seeded: SeededNeo4j) -> None:
    entry = replace(APP, catalogue_properties={"when": NOWHERE})
    with pytest.raises(InvalidDataError, match="entry of the catalogue"):
        await seeded.target.begin(replace(PLAN, applications=(entry,)))


@pytest.mark.parametrize("phase", [JournalPhase.PUBLISHING, JournalPhase.UNDOING])
async def test_a_batch_that_comes_after_its_phase_changes_nothing(seeded: SeededNeo4j, phase: JournalPhase) -> None:
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, NODES)
    await seeded.connection.run(SET_PHASE, {"job": PLAN.job_id, "phase": phase.value})
    before = await seeded.count_everything()

    with pytest.raises(LeaseLost):
        await opened.write_relationships(0, RELATIONSHIPS)
    assert await seeded.count_everything() == before


async def test_an_undo_waits_for_no_batch_that_is_held_up_and_lets_none_in_later(seeded: SeededNeo4j) -> None:
    before = await seeded.count_everything()
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, NODES)
    lanes = f"MATCH (l:{LANE}) SET l.held = true"
    async with seeded.connection.transaction({}) as holding:
        await holding.run(lanes, {})
        late = asyncio.create_task(opened.write_relationships(0, RELATIONSHIPS))
        await _wait_for_transactions(seeded, epoch=PLAN.epoch)
        undoing = asyncio.create_task(opened.undo())
        await _wait_for_transactions(seeded, epoch=PLAN.epoch + 1)
    report = await undoing
    (ended,) = await asyncio.gather(late, return_exceptions=True)
    assert ended is None or isinstance(ended, LeaseLost)
    # Where the server let the batch in first, the undo has looked after that.
    assert report.relationships_removed == (len(RELATIONSHIPS) if ended is None else 0)
    assert report.nodes_left == 0
    assert await seeded.count_everything() == before


async def _wait_for_transactions(seeded: SeededNeo4j, *, epoch: int) -> None:
    """Wait until a transaction of the epoch is under way: it will have met the lock that another holds."""
    statement = "SHOW TRANSACTIONS YIELD metaData WHERE metaData.epoch = $epoch RETURN count(*)"
    for _ in range(1_000):
        await asyncio.sleep(0.01)
        if (await seeded.connection.run(statement, {"epoch": epoch}))[0][0]:
            break
    await asyncio.sleep(0.2)


async def test_what_was_sent_before_an_undo_is_shut_out_until_its_end(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await seeded.count_everything()
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, NODES)
    forget = undoing.forget_import

    async def send_late(journal: Journal) -> None:
        with pytest.raises(LeaseLost):
            await opened.add_to_summary(references=NOTHING_CONNECTED, shared=NOTHING_JOINED)
        with pytest.raises(LeaseLost):
            await opened.note_waiting(True)
        await forget(journal)

    monkeypatch.setattr(undoing, "forget_import", send_late)
    await opened.undo()
    assert await seeded.count_everything() == before


async def test_an_undo_that_was_broken_off_is_taken_up_by_its_own_claim_and_by_the_next(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await seeded.count_everything()
    opened = await seeded.target.begin(PLAN)
    await opened.write_nodes(0, NODES)

    async def break_off(_: Journal) -> None:
        raise DatabaseUnavailableError("away")

    with monkeypatch.context() as broken:
        broken.setattr(undoing, "forget_import", break_off)
        with pytest.raises(DatabaseUnavailableError):
            await opened.undo()
        again = await seeded.target.resume(PLAN.job_id, PLAN.epoch)
        assert again is not None
        assert again.phase is JournalPhase.UNDOING
        with pytest.raises(DatabaseUnavailableError):
            await again.undo()
    with pytest.raises(LeaseLost):
        await opened.undo()
    last = await seeded.target.resume(PLAN.job_id, PLAN.epoch + 10)
    assert last is not None
    await last.undo()
    assert await seeded.count_everything() == before


async def test_lanes_that_meet_at_one_node_write_every_relationship_once(seeded: SeededNeo4j) -> None:
    nodes: list[NodeRow] = [(each, ["Class"], {}) for each in range(200)]
    relationships: list[RelationshipRow] = [
        (each, each % 200, each % 2, "CALLS", {"order": each}) for each in range(1_200)
    ]
    plan = replace(PLAN, applications=(replace(APP, counts=GraphCounts(nodes=200, relationships=1_200)),))
    opened = await seeded.target.begin(plan)
    await asyncio.gather(*(opened.write_nodes(first, nodes[first : first + 50]) for first in range(0, 200, 50)))
    parts = range(0, 1_200, 100)
    await asyncio.gather(*(opened.write_relationships(first, relationships[first : first + 100]) for first in parts))

    nodes_back = [rows async for rows in opened.read_nodes(range(200), batch_size=70)]
    assert [tuple(row) for rows in nodes_back for row in rows] == nodes
    back = [rows async for rows in opened.read_relationships(range(200), batch_size=70)]
    assert {type(rows) for rows in (*nodes_back, *back)} == {PackedRows if is_compiled() else list}
    rows = [row for some in back for row in some]
    assert sorted((*row[1:3], row[4]["order"]) for row in rows) == sorted(
        (row[1], row[2], row[4]["order"]) for row in relationships
    )

    await seeded.connection.run("MATCH (n:_FerryStaged) WITH n LIMIT 1 CREATE (:Stranger)-[:POINTS_AT]->(n)")
    report = await opened.undo()
    assert (report.nodes_removed, report.relationships_removed, report.nodes_left) == (200, 1_201, 0)
    assert await seeded.count_everything() == (1, 0)


async def test_a_claim_that_was_given_up_just_now_is_claimed_again(
    seeded: SeededNeo4j, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await seeded.target.begin(PLAN)).undo()
    commit, refusals = Transaction.commit, [ConstraintViolatedError("Node(1) already exists with label `_FerryClaim`")]

    async def refuse_once(self: Transaction) -> None:
        if refusals:
            raise refusals.pop()
        await commit(self)

    monkeypatch.setattr(Transaction, "commit", refuse_once)
    opened = await seeded.target.begin(PLAN)
    assert (refusals, opened.phase) == ([], JournalPhase.WRITING)
