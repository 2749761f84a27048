"""Exports that are killed anywhere, or whose source is written to: no torn archive comes of either."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from shared.adapters.neo4j.connection import Connection, open_connection
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.archive.inspection.inspection import inspect
from shared.graph import Properties
from shared.jobs.record import Status
from shared.settings.databases import DatabaseSettings
from tests.faults.conftest import Scale
from tests.support.archives.making import Border, Graph, read_back, read_border
from tests.support.faults import endless_exports
from tests.support.moves import Mover

PROGRAM = [sys.executable, "-m", endless_exports.__name__]


@pytest.mark.fault("R4")
async def test_a_killed_export_leaves_whole_archives_only(tmp_path: Path, scale: Scale, rng: random.Random) -> None:
    whole = 0
    for number in range(scale.count(4, 100)):
        awaited = int(number == 0)  # one at least, however slow the machine is
        await asyncio.to_thread(_kill_during_export, tmp_path, seconds=rng.uniform(0, 0.5), awaited=awaited)
        left = _list_files(tmp_path)
        archives = [each for each in left if each.suffix == ".zip"]
        for path in archives:
            manifest = (await inspect(path)).manifest
            assert manifest.applications[0].nodes == endless_exports.NODES
            path.unlink()
        whole += len(archives)
        # At most one part, which the next start removes.
        assert len(left) <= len(archives) + 1, left
    assert whole > 0


def _list_files(data_dir: Path) -> list[Path]:
    return list(data_dir.glob("archives/*/*"))


def _kill_during_export(data_dir: Path, *, seconds: float, awaited: int) -> None:
    """Let exports begin; kill them so long after as many whole archives as are awaited."""
    with subprocess.Popen([*PROGRAM, data_dir], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(awaited + 1):
            while (line := process.stdout.readline()) != b"exporting\n":  # and not what is logged
                assert line
        time.sleep(seconds)
        process.kill()


NUMBERS = 1500
CROSSING = 500
SEED = (
    "CREATE (:Application {Name: 'Moving'}), (:Application {Name: 'Still'})",
    f"UNWIND range(0, {NUMBERS - 1}) AS i CREATE (:Moving {{number: i, turn: 0, pairs: 0, left: {NUMBERS}}})",
    "MATCH (a:Moving), (b:Moving {number: 0}) CREATE (a)-[:KNOWS]->(b)",
    f"MATCH (a:Moving) WHERE a.number < {CROSSING} CREATE (a)-[:USES {{turn: 0}}]->(:Still)",
    f"MATCH (a:Moving {{number: {CROSSING}}}) SET a:Still",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A transaction that somebody repeats, with what holds before and after it, but not in between."""

    statement: str
    is_sound: Callable[[Graph, Border], bool]


def _turns_agree(graph: Graph, _: Border) -> bool:
    return len({row[2]["turn"] for row in graph.nodes}) == 1


def _pairs_are_counted(graph: Graph, _: Border) -> bool:
    pairs = sum(row[3] == "PAIR" for row in graph.relationships)
    return _first(graph)["pairs"] == pairs == sum("pair" in row[2] for row in graph.nodes) / 2


def _rest_is_counted(graph: Graph, _: Border) -> bool:
    return _first(graph)["left"] == len(graph.nodes) == len(graph.relationships)


def _first(graph: Graph) -> Properties:
    return next(row[2] for row in graph.nodes if row[2].get("number") == 0)


def _numbers_are_whole(graph: Graph, _: Border) -> bool:
    return sorted(row[2]["number"] for row in graph.nodes) == list(range(NUMBERS))  # type: ignore[type-var]


def _references_agree(_: Graph, border: Border) -> bool:
    return len(border.references) == CROSSING and len({each.properties["turn"] for each in border.references}) == 1


def _one_is_shared(_: Graph, border: Border) -> bool:
    return len(border.shared) == 1


WRITINGS = {
    "edits": Writing(statement="MATCH (n:Moving) SET n.turn = $turn", is_sound=_turns_agree),
    "creates": Writing(
        statement="""MATCH (n:Moving {number: 0}) SET n.pairs = n.pairs + 1
        CREATE (:Moving {pair: $turn})-[:PAIR]->(:Moving {pair: $turn})""",
        is_sound=_pairs_are_counted,
    ),
    "deletes": Writing(
        statement="""MATCH (n:Moving {number: 0}), (m:Moving {number: $turn})
        SET n.left = n.left - 1 DETACH DELETE m""",
        is_sound=_rest_is_counted,
    ),
    "create and delete that cancel out": Writing(
        statement=f"""MATCH (n:Moving {{number: $turn % {NUMBERS}}}) DETACH DELETE n
        WITH count(*) AS gone CREATE (:Moving {{number: $turn % {NUMBERS}}})""",
        is_sound=_numbers_are_whole,
    ),
    "edits of references": Writing(
        statement="MATCH (:Moving)-[r:USES]->() SET r.turn = $turn", is_sound=_references_agree
    ),
    "marks that move": Writing(
        statement=f"""MATCH (n:Moving:Still), (m:Moving {{number: $turn * 7 % {NUMBERS}}})
        REMOVE n:Still SET m:Still""",
        is_sound=_one_is_shared,
    ),
}


@pytest.fixture
async def moving(neo4j_2026: DatabaseSettings) -> AsyncIterator[Connection]:
    """An application to be written to while it is exported."""
    async with open_connection("current", neo4j_2026) as connection:
        for statement in SEED:
            await connection.run(statement)
        yield connection
        await connection.run("MATCH (n) WHERE n:Moving OR n:Still OR n:Application DETACH DELETE n")


@pytest.mark.fault("R34")
@pytest.mark.parametrize("kind", WRITINGS)
async def test_an_application_that_changes_is_exported_whole_or_not_at_all(
    moving: Connection, kind: str, scale: Scale, rng: random.Random, tmp_path: Path
) -> None:
    mover = Mover(data_dir=tmp_path, sources={"left": Neo4jSource(moving, sessions=2)}, targets={})
    writing, turns = WRITINGS[kind], count(1)
    for _ in range(scale.count(3, 100)):
        once = rng.random() < 0.6
        async with _written_to(moving, writing.statement, turns, delay=rng.uniform(0, 0.15), once=once):
            job = await mover.export("Moving", database="left", batch_size=rng.choice([50, 400, 1000]))
        if job.archive is None:
            assert not once
            assert job.failure is not None
            assert (job.status, job.failure.code) == (Status.FAILED, "SOURCE_CHANGED")
        else:
            path = mover.folder / job.archive.name
            assert writing.is_sound(await read_back(path, batch_size=1000), await read_border(path))


@asynccontextmanager
async def _written_to(
    connection: Connection, statement: str, turns: count[int], *, delay: float, once: bool
) -> AsyncIterator[None]:
    enough = asyncio.Event()

    async def write() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(enough.wait(), delay)
        while not enough.is_set():
            await connection.run(statement, {"turn": next(turns)})
            if once:
                return

    writing = asyncio.create_task(write())
    yield
    # Not broken off: what the server still did of it would come into the next export.
    enough.set()
    await writing
