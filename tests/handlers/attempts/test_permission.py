"""When a job's submitter is asked about again, and when no longer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typing_extensions import override

from handlers.attempts import supervision
from shared.errors import StoreUnavailableError
from shared.identity import User
from shared.jobs.record import Job, Status, Submitter
from tests.support.job_stores import make_cancellation
from tests.support.memory.identity import MemoryIdentity
from tests.support.workbench import Workbench, make_settings

ANN = Submitter(home="acme", roles=())


class IdentityAwayOnce(MemoryIdentity):
    away = True

    @override
    async def get_user(self, tenant: str, name: str) -> User | None:
        if self.away:
            self.away = False
            raise StoreUnavailableError("away")
        return await super().get_user(tenant, name)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(settings=make_settings(tmp_path))


async def test_who_is_gone_has_nothing_done(bench: Workbench) -> None:
    ended = await bench.dispatch(await bench.submit(submitter=ANN))
    assert ended.failure is not None
    assert (ended.status, ended.failure.code) == (Status.FAILED, "FORBIDDEN")
    assert bench.undone == [ended.id]


async def test_past_the_point_of_no_return_a_job_goes_forward(bench: Workbench) -> None:
    job = await bench.submit(submitter=ANN)
    bench.change(job, cancellable=False)
    assert (await bench.dispatch(job)).status is Status.CLOSED


async def test_a_record_without_a_submitter_is_done(bench: Workbench) -> None:
    assert (await bench.dispatch(await bench.submit())).status is Status.CLOSED


async def test_a_store_that_is_away_for_a_moment_is_asked_again(tmp_path: Path) -> None:
    bench = Workbench(settings=make_settings(tmp_path), identity=IdentityAwayOnce())
    ended = await bench.dispatch(await bench.submit(submitter=ANN))
    assert ended.failure is not None
    assert ended.failure.code == "FORBIDDEN"


class IdentityAway(MemoryIdentity):
    """A store that does not come back, and hears of a cancel meanwhile."""

    bench: Workbench
    job: Job

    @override
    async def get_user(self, tenant: str, name: str) -> User | None:
        await self.bench.jobs.request_cancel(self.job.id, make_cancellation())
        raise StoreUnavailableError("away")


async def test_a_cancel_is_obeyed_while_the_store_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "STOP_PATIENCE_SECONDS", 60.0)
    identity = IdentityAway()
    identity.bench = bench = Workbench(settings=make_settings(tmp_path), identity=identity)
    identity.job = await bench.submit(submitter=ANN)
    async with asyncio.timeout(20):
        ended = await bench.dispatch(identity.job)
    assert (ended.status, bench.undone) == (Status.CANCELLED, [ended.id])
