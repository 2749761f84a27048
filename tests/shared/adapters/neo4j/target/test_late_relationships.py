"""What somebody attaches to a node that is about to be deleted moves to its successor, or is reported as lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.replacing import moving, stepping_back
from shared.adapters.neo4j.target import publishing
from shared.graph import GraphCounts
from shared.jobs.summary_json import to_json
from shared.ports.import_plans import Placement
from shared.settings.databases import DatabaseSettings
from tests.shared.ports.test_graph_target_port import APP, PLAN
from tests.shared.ports.test_graph_target_removal import REMOVAL
from tests.support.stacks.databases import SeededNeo4j

ATTACH = "MATCH (o:Other), (n:_FerryRetired {code: 'a'}) CREATE (o)-[:LATE]->(n)"
LEFT = "MATCH (o:Other) RETURN [(o)-[r]->(n) | [type(r), n.code, n.age]]"
HOLD_SECONDS = 0.3

Attach = Callable[[SeededNeo4j, AsyncExitStack], Awaitable[None]]


@pytest.fixture
async def seeded(neo4j: DatabaseSettings) -> AsyncIterator[SeededNeo4j]:
    async with open_connection("graph", neo4j) as connection:
        seeded = SeededNeo4j(connection)
        await seeded.add_node(["Application"], {"Name": "Other"})
        await seeded.add_node(["Other"])
        await seeded.add_node(["Application"], {"Name": "App"})
        nodes = [await seeded.add_node(["App", "Loose"], {"code": code, "age": "old"}) for code in "abc"]
        await seeded.add_relationship(nodes[0], nodes[1], "INSIDE")
        yield seeded


async def attach_at_once(seeded: SeededNeo4j, _: AsyncExitStack) -> None:
    await seeded.connection.run(ATTACH)


async def attach_slowly(seeded: SeededNeo4j, ending: AsyncExitStack) -> None:
    """Hold the nodes, and commit while they are being deleted."""
    transaction = await ending.enter_async_context(seeded.connection.transaction({}))
    await transaction.run(ATTACH, {})

    async def commit() -> None:
        await asyncio.sleep(HOLD_SECONDS)
        await transaction.commit()

    committing = asyncio.create_task(commit())
    ending.push_async_callback(asyncio.wait, [committing])


@pytest.fixture(params=[attach_at_once, attach_slowly])
async def late(
    seeded: SeededNeo4j, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Once others' relationships have moved, or been dropped, one comes."""
    attach: list[Attach] = [request.param]
    drop_lost = moving.drop_lost
    async with AsyncExitStack() as ending:

        async def drop_then_attach(*given: Any) -> None:
            await drop_lost(*given)
            while attach:
                await attach.pop()(seeded, ending)

        monkeypatch.setattr(stepping_back, "drop_lost", drop_then_attach)
        yield


@pytest.fixture(params=[False, True], ids=["one record", "records"])
def records(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether what goes is named by one record, or by several."""
    if request.param:
        monkeypatch.setattr(publishing, "AT_ONCE_NODES", 1)
        monkeypatch.setattr(stepping_back, "STEP_NODES", 1)


@pytest.mark.usefixtures("late", "records")
async def test_a_deletion_reports_it(seeded: SeededNeo4j) -> None:
    opened = await seeded.target.begin_removal(REMOVAL)
    await opened.publish()
    await opened.forget()

    assert to_json(opened.summary)["references_lost"] == {
        "count": 1,
        "listed": [{"type": "LATE", "direction": "in", "applications": ["Other"]}],
    }
    assert await seeded.count_everything() == (2, 0)


@pytest.mark.usefixtures("late", "records")
async def test_an_overwrite_moves_it(seeded: SeededNeo4j) -> None:
    counts = GraphCounts(nodes=1, relationships=0)
    application = replace(APP, counts=counts, catalogue_properties={}, placement=Placement.REPLACE)
    opened = await seeded.target.begin(replace(PLAN, applications=(application,)))
    await opened.write_nodes(0, [(0, ["Loose"], {"code": "a", "age": "new"})])
    await opened.publish()
    await opened.forget()

    assert await seeded.connection.run(LEFT) == [[[["LATE", "a", "new"]]]]
    assert "references_lost" not in to_json(opened.summary)
    assert await seeded.count_everything() == (4, 1)
