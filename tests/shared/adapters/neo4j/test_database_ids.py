"""A server's own id tells its database, whatever settings call it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.adapters.neo4j.target.target import Neo4jTarget
from shared.errors import ImportInProgressError
from shared.settings.databases import DatabaseSettings
from tests.shared.ports.test_graph_target_port import PLAN


async def test_two_names_are_one_database_and_two_servers_are_two(
    neo4j_2026: DatabaseSettings, neo4j_526: DatabaseSettings
) -> None:
    async with AsyncExitStack() as stack:
        sources = {}
        for name, settings in (("a", neo4j_2026), ("b", neo4j_2026), ("c", neo4j_526), ("d", neo4j_526)):
            sources[name] = Neo4jSource(await stack.enter_async_context(open_connection(name, settings)))
        ids = {name: await source.read_database_id() for name, source in sources.items()}
    assert (ids["a"], ids["c"]) == (ids["b"], ids["d"])
    assert ids["a"] != ids["c"]


async def test_a_claim_under_one_name_holds_under_the_other(neo4j: DatabaseSettings) -> None:
    async with open_connection("a", neo4j) as first, open_connection("b", neo4j) as second:
        opened = await Neo4jTarget(first, installation="tests").begin(PLAN)
        other = Neo4jTarget(second, installation="tests")
        with pytest.raises(ImportInProgressError):
            await other.begin(replace(PLAN, job_id="job-2"))
        await opened.undo()
        await (await other.begin(replace(PLAN, job_id="job-2"))).undo()
