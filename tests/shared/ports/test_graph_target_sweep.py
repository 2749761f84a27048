"""What every GraphTarget does with journals that nobody owns."""

from __future__ import annotations

import asyncio

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.target.target import Neo4jTarget
from shared.concurrency.interruptions import LeaseLost
from shared.ports.graph_target import GraphTarget
from shared.ports.import_plans import JournalFacts, JournalPhase
from tests.shared.ports.test_graph_target_port import PLAN, write_all
from tests.support.stacks.databases import SeededDatabase
from tests.support.stacks.engines import wipe_database


async def list_facts(target: GraphTarget) -> list[JournalFacts]:
    return list(await target.list_imports())


async def test_imports_are_listed_until_they_are_forgotten(seeded: SeededDatabase) -> None:
    assert await list_facts(seeded.target) == []
    opened = await seeded.target.begin(PLAN)
    await write_all(opened)
    assert await list_facts(seeded.target) == [JournalFacts(job_id="job-1", epoch=1, phase=JournalPhase.WRITING)]
    await opened.publish()
    opened = await seeded.target.resume("job-1", 7) or opened
    assert await list_facts(seeded.target) == [JournalFacts(job_id="job-1", epoch=7, phase=JournalPhase.PUBLISHED)]
    await opened.forget()
    assert await list_facts(seeded.target) == []


async def test_who_adopts_shuts_the_old_owner_out(seeded: SeededDatabase) -> None:
    before = await seeded.count_everything()
    opened = await seeded.target.begin(PLAN)
    await write_all(opened)
    (journal,) = await list_facts(seeded.target)
    adopted = await seeded.target.adopt(journal)
    assert adopted is not None
    with pytest.raises(LeaseLost):
        await opened.publish()
    assert (await adopted.undo()).nodes_left == 0
    assert await seeded.count_everything() == before


async def test_one_of_many_adopts(seeded: SeededDatabase) -> None:
    await seeded.target.begin(PLAN)
    (journal,) = await list_facts(seeded.target)
    adopted = await asyncio.gather(*(seeded.target.adopt(journal) for _ in range(4)))
    assert sum(each is not None for each in adopted) == 1
    assert await seeded.target.adopt(journal) is None


async def test_what_is_gone_is_not_adopted(seeded: SeededDatabase) -> None:
    journal = JournalFacts(job_id="job-1", epoch=1, phase=JournalPhase.WRITING)
    assert await seeded.target.adopt(journal) is None


@pytest.mark.parametrize("server", ["neo4j_2026", "neo4j_526"])
async def test_the_journals_of_others_are_not_listed(request: pytest.FixtureRequest, server: str) -> None:
    settings = request.getfixturevalue(server)
    wipe_database(settings)
    async with open_connection("graph", settings) as connection:
        await Neo4jTarget(connection, installation="ours").begin(PLAN)
        assert await Neo4jTarget(connection, installation="theirs").list_imports() == []
