"""One archive goes into two databases at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from shared.adapters.neo4j.connection import open_connection
from shared.jobs.record import Status
from shared.settings.databases import DatabaseSettings
from tests.handlers.conftest import make_bench
from tests.handlers.test_moves import applications_of, seed
from tests.support.comparer import Place, compare
from tests.support.memory.jobs import MemoryJobStore
from tests.support.stacks.databases import SeededMemory, SeededNeo4j
from tests.support.stacks.engines import wipe_database


async def test_both_hold_it_whole(tmp_path: Path, neo4j_2026: DatabaseSettings, neo4j_526: DatabaseSettings) -> None:
    for database in (neo4j_2026, neo4j_526):
        wipe_database(database)
    async with open_connection("left", neo4j_2026) as first, open_connection("right", neo4j_526) as second:
        bench = make_bench(tmp_path, SeededNeo4j(first), SeededNeo4j(second))
        source = SeededMemory("source")
        await seed(source, functions=200)
        sources = {**bench.mover.sources, "source": source.source}
        mover = replace(bench.mover, sources=sources)
        exported = await mover.export("App", database="source")
        assert exported.archive is not None
        # A tenant has one running job: two tenants' jobs are what meets here.
        movers = {name: replace(mover, jobs=MemoryJobStore()) for name in ("left", "right")}

        jobs = await asyncio.gather(
            *(each.import_archive("out.zip", database=name, batch_size=20) for name, each in movers.items())
        )

    assert [job.status for job in jobs] == [Status.CLOSED, Status.CLOSED]
    assert {applications_of(job)[0]["digest"] for job in jobs} == {applications_of(exported)[0]["digest"]}
    left, right = (
        Place(each.uri, each.user, each.password.get_secret_value(), "App") for each in (neo4j_2026, neo4j_526)
    )
    assert compare(left, right) == []
