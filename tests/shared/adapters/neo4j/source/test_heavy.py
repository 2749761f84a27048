"""Elements of many bytes are read a few at a time, and refused one by one."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.driver_internals import LONGEST_MESSAGE
from shared.errors import UnsupportedValueError
from shared.jobs.record import Status
from shared.settings.databases import DatabaseSettings
from tests.handlers.conftest import make_bench
from tests.support.stacks.databases import SeededNeo4j
from tests.support.stacks.engines import wipe_database

MIB = 1024**2
SIZE = 3 * MIB
NODES, ENDS = 16, 4


@pytest.fixture
async def seeded(neo4j_2026: DatabaseSettings) -> AsyncIterator[SeededNeo4j]:
    wipe_database(neo4j_2026)
    async with open_connection("graph", neo4j_2026) as connection:
        yield SeededNeo4j(connection)


async def test_long_values_are_read_within_bounds(seeded: SeededNeo4j) -> None:
    text = "x" * SIZE
    await seeded.connection.run("UNWIND range(1, $nodes) AS i CREATE (:App {at: i})", {"nodes": NODES})
    for at in range(1, NODES + 1):
        await seeded.connection.run("MATCH (n:App {at: $at}) SET n.text = $text", {"at": at, "text": text})
    for at in range(1, ENDS + 1):
        statement = "MATCH (n:App {at: 1}), (m:App {at: $at}) CREATE (n)-[:R {text: $text}]->(m)"
        await seeded.connection.run(statement, {"at": at, "text": text})
    tracemalloc.start()
    try:
        nodes = [[str(row[2]["at"]) for row in rows] async for rows in seeded.source.read_nodes("App", batch_size=1000)]
        ends = [len(rows) async for rows in seeded.source.read_relationships("App", batch_size=1000)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sorted(at for each in nodes for at in each) == sorted(map(str, range(1, NODES + 1)))
    assert (sum(ends), max(ends) <= 2) == (ENDS, True)
    assert max(len(each) for each in nodes) <= 2
    assert peak < 25 * SIZE, "all at once would take more than twice all of it"


async def test_a_node_too_long_for_a_record_is_refused_before_it_has_come(seeded: SeededNeo4j) -> None:
    statement = "WITH $text + $text AS text WITH text + text AS text CREATE (n:App {text: text}) RETURN id(n)"
    ((node,),) = await seeded.connection.run(statement, {"text": "x" * (LONGEST_MESSAGE // 3)})
    tracemalloc.start()
    try:
        with pytest.raises(UnsupportedValueError, match=f"Node {node} has more than"):
            _ = [rows async for rows in seeded.source.read_nodes("App", batch_size=1000)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * LONGEST_MESSAGE


async def test_a_value_of_any_allowed_length_goes_all_the_way(neo4j_2026: DatabaseSettings, tmp_path: Path) -> None:
    wipe_database(neo4j_2026)
    allowed = LONGEST_MESSAGE + 4 * MIB
    async with open_connection("graph", neo4j_2026, value_bytes=allowed) as connection:
        seeded = SeededNeo4j(connection)
        bench = make_bench(tmp_path, seeded, seeded)
        mover = replace(bench.mover, further={"max_value_bytes": allowed})
        await seeded.add_node(["App"], {"text": "x" * (LONGEST_MESSAGE + MIB)})
        exported = await mover.export("App", database="left")
        assert exported.archive is not None, exported.failure
        imported = await mover.import_archive(exported.archive.name, database="right", import_as="Copy")
        assert (imported.status, imported.failure) == (Status.CLOSED, None)
