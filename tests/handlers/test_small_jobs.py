"""Small jobs take few round trips to the server: nothing is asked that nobody needs to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shared.adapters.neo4j.connection import open_connection
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ConflictAction, DeleteRequest
from shared.settings.databases import DatabaseSettings
from tests.handlers.conftest import Bench, make_bench
from tests.support.drivers import list_round_trips
from tests.support.stacks.databases import SeededMemory, SeededNeo4j
from tests.support.stacks.engines import wipe_database

MOST = {"import": 29, "overwrite": 50, "export": 22, "deletion": 39}
"""Round trips of a job with two nodes, in a database that holds another application."""


async def test_they_take_few_round_trips(
    neo4j_526: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe_database(neo4j_526)
    async with open_connection("right", neo4j_526) as connection:
        bench = make_bench(tmp_path, SeededMemory(), SeededNeo4j(connection))
        await _make_archive(bench)
        await _import(bench, "Stays")  # the first of a connection, and of a database, asks once for all
        asked = list_round_trips(monkeypatch)
        jobs: dict[str, Callable[[], Awaitable[Job]]] = {
            "import": lambda: _import(bench, "Copy"),
            "overwrite": lambda: _import(bench, "Copy", ConflictAction.OVERWRITE),
            "export": lambda: bench.mover.export("Copy", database="right"),
            "deletion": lambda: bench.mover.run(JobKind.DELETE, DeleteRequest(database="right", name="Copy")),
        }
        taken = {}
        for kind, run in jobs.items():
            asked.clear()
            job = await run()
            assert (kind, job.status, job.failure) == (kind, Status.CLOSED, None)
            taken[kind] = len(asked)
    assert {kind: count for kind, count in taken.items() if count > MOST[kind]} == {}, taken


async def _make_archive(bench: Bench) -> None:
    start, end = [await bench.left.add_node(["App", "Class"], {"name": name}) for name in ("start", "end")]
    await bench.left.add_relationship(start, end, "CALLS")
    await bench.mover.export("App", database="left")


async def _import(bench: Bench, name: str, on_conflict: ConflictAction = ConflictAction.FAIL) -> Job:
    return await bench.mover.import_archive("out.zip", database="right", import_as=name, on_conflict=on_conflict)
