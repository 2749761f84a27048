"""The graph ports' databases: in memory, then each real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.replacing import stepping_back
from shared.adapters.neo4j.target import publishing
from tests.support.stacks.databases import SeededDatabase, SeededMemory, SeededNeo4j
from tests.support.stacks.engines import wipe_database


@pytest.fixture(params=["memory", "neo4j_2026", "neo4j_526"])
async def seeded(request: pytest.FixtureRequest) -> AsyncIterator[SeededDatabase]:
    """Give an empty database of each kind."""
    if request.param == "memory":
        yield SeededMemory()
        return
    settings = request.getfixturevalue(request.param)
    wipe_database(settings)
    async with open_connection("graph", settings) as connection:
        yield SeededNeo4j(connection)


@pytest.fixture(params=["at once", "in steps"])
def pace(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let publishing do all in one transaction, then in many small ones."""
    if request.param == "in steps":
        monkeypatch.setattr(publishing, "AT_ONCE_NODES", 1)
        monkeypatch.setattr(stepping_back, "STEP_NODES", 2)
