"""A cancel at any phase of an import leaves the database as it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from handlers.attempts.context import Context
from shared.adapters.neo4j.connection import open_connection
from shared.concurrency.interruptions import Interruption, JobCancelled
from shared.jobs.record import Phase, Progress, Status
from shared.jobs.requests import ConflictAction
from shared.settings.databases import DatabaseSettings
from tests.handlers.conftest import make_bench
from tests.handlers.test_moves import seed
from tests.support.census import take_census
from tests.support.stacks.databases import SeededNeo4j

PHASES = (Phase.CHECKING, Phase.NODES, Phase.RELATIONSHIPS, Phase.VERIFYING, Phase.PUBLISHING)

FUNCTIONS = 24
"""Batches of every phase are still to come when the first two are over."""


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("replaces", [False, True])
async def test_nothing_is_left(
    neo4j: DatabaseSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: Phase, replaces: bool
) -> None:
    async with open_connection("left", neo4j) as connection:
        seeded = SeededNeo4j(connection)
        bench = make_bench(tmp_path, seeded, seeded)
        await seed(seeded, functions=FUNCTIONS)
        exported = await bench.mover.export("App", database="left")
        assert exported.archive is not None
        before = await take_census(connection)

        interrupt_at(phase, monkeypatch)
        action, name = (ConflictAction.OVERWRITE, None) if replaces else (ConflictAction.FAIL, "Copy")
        job = await bench.mover.import_archive(
            exported.archive.name, database="right", batch_size=5, import_as=name, on_conflict=action
        )

        assert (job.status, job.failure) == (Status.CANCELLED, None)
        assert await take_census(connection) == before


def interrupt_at(phase: Phase, monkeypatch: pytest.MonkeyPatch, signal: type[Interruption] = JobCancelled) -> None:
    """Let the second batch of a phase learn of an interruption; of a phase without batches, the first."""
    advance, seen = Context.advance, Counter[Phase]()
    awaited = 2 if phase in (Phase.READING, Phase.NODES, Phase.RELATIONSHIPS, Phase.VERIFYING) else 1

    async def advance_until_cancelled(self: Context, progress: Progress) -> None:
        seen[progress.phase] += 1
        if progress.phase is phase and seen[phase] == awaited:
            raise signal
        await advance(self, progress)

    monkeypatch.setattr(Context, "advance", advance_until_cancelled)
