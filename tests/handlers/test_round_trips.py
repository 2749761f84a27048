"""Any graph with any values and names comes back equal; an independent comparer judges on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from shared.adapters.neo4j.connection import open_connection
from shared.graph import Date, OffsetDateTime, Point, PropertyValue, ZonedDateTime
from shared.jobs.record import Status
from shared.jobs.requests import ApplicationChoice
from shared.jobs.summary_json import to_json
from shared.settings.databases import DatabaseSettings
from tests.handlers.conftest import Bench, make_bench
from tests.support.comparer import Place, compare
from tests.support.graphs import Graph, graphs
from tests.support.stacks.databases import SeededMemory, SeededNeo4j
from tests.support.stacks.engines import wipe_database

SERVERS = ("neo4j_2026", "neo4j_526")
LEFT, RIGHT = "Left side", "Right`side\\u0041"

HOSTILE = Graph(
    nodes=[
        (["id", "a:b", "x\x01"], {"id": 1, "labels": "x", "labels ": 1.0, "mixed": 1}),
        (["Application"], {"mixed": "1", "title": "not a catalogue entry"}),
        ([], {"mixed": 1.0, "when": Date(-735525), "then": OffsetDateTime(0, 0, 7230)}),
        ([], {"zone": [ZonedDateTime(10**10, 1, "Asia/Kathmandu"), ZonedDateTime(-(10**10), 0, "UTC")]}),
        ([], {"mixed": [OffsetDateTime(0, 0, 3600), ZonedDateTime(0, 0, "UTC"), OffsetDateTime(0, 0, 0)]}),
    ],
    relationships=[
        (0, 0, "label", {"source": 1}),
        (0, 1, "a:b", {}),
        (0, 1, "a:b", {}),
        (3, 2, "]]>", {"t": "]]>\r\n"}),
    ],
)


async def move(bench: Bench, graph: Graph) -> tuple[str, str]:
    await graph.write_to(bench.left, LEFT)
    exported = await bench.mover.export(LEFT, database="left", batch_size=3)
    assert (exported.status, exported.failure) == (Status.CLOSED, None)
    assert exported.archive is not None
    imported = await bench.mover.import_archive(exported.archive.name, database="right", import_as=RIGHT, batch_size=2)
    assert (imported.status, imported.failure) == (Status.CLOSED, None)
    digest, arrived = (to_json(job.summary)["applications"][0]["digest"] for job in (exported, imported))
    return digest, arrived


@settings(max_examples=150, deadline=None)
@given(graph=graphs())
@example(graph=HOSTILE)
async def test_in_memory(graph: Graph) -> None:
    with TemporaryDirectory() as folder:
        bench = make_bench(Path(folder), SeededMemory(), SeededMemory())
        left, right = await move(bench, graph)
        again = await bench.mover.export(RIGHT, database="right")
    assert left == right == to_json(again.summary)["applications"][0]["digest"]


@pytest.mark.parametrize("server", SERVERS)
def test_on_a_real_server(server: str, request: pytest.FixtureRequest) -> None:
    database: DatabaseSettings = request.getfixturevalue(server)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(graph=graphs())
    @example(graph=HOSTILE)
    def round_trip(graph: Graph) -> None:
        wipe_database(database)
        asyncio.run(_move_on(database, graph))
        password = database.password.get_secret_value()
        places = [Place(database.uri, database.user, password, label) for label in (LEFT, RIGHT)]
        assert compare(*places) == []

    round_trip()


@pytest.mark.parametrize("server", SERVERS)
async def test_a_longitude_of_minus_zero_arrives(server: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    database: DatabaseSettings = request.getfixturevalue(server)
    places: list[PropertyValue] = [Point(4326, (-0.0, -0.0)), Point(4979, (-0.0, 0.0, -0.0))]
    async with open_connection("right", database) as connection:
        await connection.run("MATCH (n) DETACH DELETE n")
        bench = make_bench(tmp_path, SeededMemory(), SeededNeo4j(connection))
        await move(bench, Graph(nodes=[([], {"at": places[0], "above": places[1]})], relationships=[]))
        ((at, above),) = await connection.run("MATCH (n) WHERE n.at IS NOT NULL RETURN n.at, n.above")
    assert [at, above] == places


AT_ONCE = 20
"""Graphs that move in one archive, each an application of its own: many more of them in the same time."""


@pytest.mark.parametrize("server", SERVERS)
def test_many_at_once_on_a_real_server(server: str, request: pytest.FixtureRequest) -> None:
    database: DatabaseSettings = request.getfixturevalue(server)
    gathered: list[Graph] = []

    def move_gathered() -> None:
        moving = gathered.copy()
        gathered.clear()
        assert _move_together(database, moving) == {}

    @settings(
        max_examples=request.config.getoption("round_trips"),
        deadline=None,
        phases=[Phase.generate],  # what fails is told with its batch, which cannot be made smaller graph by graph
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(graph=graphs())
    def gather(graph: Graph) -> None:
        gathered.append(graph)
        if len(gathered) == AT_ONCE:
            move_gathered()

    wipe_database(database)
    gather()
    if gathered:
        move_gathered()


def _move_together(database: DatabaseSettings, moving: Sequence[Graph]) -> Mapping[str, object]:
    """Give, by the graph, what is not as it was, or what became of the job."""
    password = database.password.get_secret_value()
    lefts, rights = ([f"{side} {number}" for number in range(len(moving))] for side in (LEFT, RIGHT))
    if failure := asyncio.run(_move_as_applications(database, dict(zip(lefts, moving, strict=True)), rights)):
        return {repr(moving): failure}
    places = [
        [Place(database.uri, database.user, password, label) for label in pair]
        for pair in zip(lefts, rights, strict=True)
    ]
    differences = {repr(graph): compare(*pair) for graph, pair in zip(moving, places, strict=True)}
    return {graph: found for graph, found in differences.items() if found}


async def _move_as_applications(
    database: DatabaseSettings, lefts: Mapping[str, Graph], rights: Sequence[str]
) -> object:
    with TemporaryDirectory() as folder:
        async with open_connection("left", database) as connection:
            await connection.run("MATCH (n) DETACH DELETE n")
            seeded = SeededNeo4j(connection)
            for label, graph in lefts.items():
                await graph.write_to(seeded, label)
            mover = make_bench(Path(folder), seeded, seeded).mover
            exported = await mover.export(*lefts, database="left", batch_size=3)
            if exported.archive is None:
                return exported.failure
            choices = tuple(
                ApplicationChoice(source_name=left, name=right) for left, right in zip(lefts, rights, strict=True)
            )
            imported = await mover.import_archive(
                exported.archive.name, database="right", choices=choices, batch_size=2
            )
            return imported.failure


async def _move_on(database: DatabaseSettings, graph: Graph) -> None:
    with TemporaryDirectory() as folder:
        async with open_connection("left", database) as connection:
            seeded = SeededNeo4j(connection)
            left, right = await move(make_bench(Path(folder), seeded, seeded), graph)
            assert left == right
