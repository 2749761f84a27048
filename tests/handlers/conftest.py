"""Two databases and a worker between them: in memory, then on each real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.adapters.neo4j.connection import open_connection
from tests.support.moves import Mover
from tests.support.stacks.databases import SeededDatabase, SeededMemory, SeededNeo4j
from tests.support.stacks.engines import wipe_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """`left` holds what is exported; imports go into `right`. On a real server both are the same database."""

    mover: Mover
    left: SeededDatabase
    right: SeededDatabase


def make_bench(data_dir: Path, left: SeededDatabase, right: SeededDatabase) -> Bench:
    mover = Mover(
        data_dir=data_dir,
        sources={"left": left.source, "right": right.source},
        targets={"left": left.target, "right": right.target},
    )
    return Bench(mover=mover, left=left, right=right)


@pytest.hookimpl(tryfirst=True)  # what it marks is read by pytest's own
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Leave the long-term line to the tests whose subject is what a server does."""
    if "bench" in metafunc.fixturenames and metafunc.definition.get_closest_marker("one_line"):
        metafunc.definition.add_marker(pytest.mark.parametrize("bench", ["memory", "neo4j_2026"], indirect=True))


@pytest.fixture(params=["memory", "neo4j_2026", "neo4j_526"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    if request.param == "memory":
        yield make_bench(tmp_path, SeededMemory("left"), SeededMemory("right"))
        return
    settings = request.getfixturevalue(request.param)
    wipe_database(settings)
    async with open_connection("left", settings) as connection:
        seeded = SeededNeo4j(connection)
        yield make_bench(tmp_path, seeded, seeded)
