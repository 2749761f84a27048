"""A job store that is out of reach for a moment ends no job, whatever it is asked just then."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.attempts import lease
from shared.errors import StoreUnavailableError
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ApplicationChoice, DeleteRequest
from tests.handlers.conftest import make_bench
from tests.handlers.test_moves import seed
from tests.support.memory.jobs import MemoryJobStore
from tests.support.moves import Mover
from tests.support.stacks.databases import SeededMemory

NOT_THE_ATTEMPTS = ("submit", "claim")
"""Questions before there is an attempt; who asks them answers for itself."""


async def export(mover: Mover) -> Job:
    return await mover.export("App", database="left")


async def bring(mover: Mover) -> Job:
    return await mover.import_archive("out.zip", database="right")


async def copy(mover: Mover) -> Job:
    return await mover.copy(ApplicationChoice(source_name="App", name="Copy"))


async def delete(mover: Mover) -> Job:
    return await mover.run(JobKind.DELETE, DeleteRequest(database="left", name="App"))


class PatchableJobs(MemoryJobStore):
    """Without the slots that its base stands on."""


class Outage:
    """Lets one question, counted from the first, find no store."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.asked = 0

    def befall(self, store: object) -> None:
        for name, ask in inspect.getmembers(store, inspect.iscoroutinefunction):
            if not name.startswith("_") and name not in NOT_THE_ATTEMPTS:
                setattr(store, name, self._around(ask))

    def _around(self, ask: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def ask_or_fail(*arguments: Any, **options: Any) -> Any:
            self.asked += 1
            if self.asked == self.at:
                raise StoreUnavailableError("away")
            return await ask(*arguments, **options)

        return ask_or_fail


async def make_seeded(folder: Path) -> Mover:
    bench = make_bench(folder, SeededMemory("left"), SeededMemory("right"))
    bench.mover.jobs = PatchableJobs()
    await seed(bench.left)
    await export(bench.mover)
    return bench.mover


@pytest.mark.parametrize("do", [export, bring, copy, delete], ids=lambda do: do.__name__)
async def test_no_question_ends_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do: Callable[[Mover], Awaitable[Job]]
) -> None:
    monkeypatch.setattr(lease, "RETRY_SECONDS", 0.0)
    at = 1
    while True:
        mover, outage = await make_seeded(tmp_path / str(at)), Outage(at)
        outage.befall(mover.jobs)
        outage.befall(mover.identity)
        try:
            job = await do(mover)
        except StoreUnavailableError:
            break  # the attempt was over: it was the reading of the record
        assert (job.status, job.failure, job.attempt) == (Status.CLOSED, None, 1), f"question {at}"
        at += 1
    assert at > 2, "nothing was asked"
