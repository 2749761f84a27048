"""A request waits for its job."""

from __future__ import annotations

import asyncio

from typing_extensions import override

from gateway.dialects.darwin.waiting import wait_for_end
from shared.errors import StoreUnavailableError
from shared.jobs.record import Cancellation, Job, Status
from shared.ports.jobs import WhenBusy
from tests.support.job_stores import make_job
from tests.support.keys import CREATED
from tests.support.memory.jobs import MemoryJobStore


class FalteringStore(MemoryJobStore):
    """Does not answer every second question."""

    __slots__ = ("asked",)
    asked: int

    @override
    async def get(self, job_id: str) -> Job:
        self.asked = getattr(self, "asked", 0) + 1
        if self.asked % 2:
            raise StoreUnavailableError("away")
        return await super().get(job_id)


async def test_it_sees_the_end_although_the_store_falters() -> None:
    jobs = FalteringStore()
    job = await jobs.submit(make_job(), when_busy=WhenBusy.QUEUE)
    waiting = asyncio.create_task(wait_for_end(jobs, job, seconds=30, is_awaited=lambda: True))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await jobs.request_cancel(job.id, Cancellation(reason=None, by="somebody", at=CREATED))
    assert (await waiting).status is Status.CANCELLED
    assert jobs.asked > 1


async def test_it_ends_when_nobody_waits_or_the_time_is_over() -> None:
    jobs = MemoryJobStore()
    job = await jobs.submit(make_job(), when_busy=WhenBusy.QUEUE)
    async with asyncio.timeout(20):
        for seconds, is_awaited in ((0.05, True), (30, False)):
            ended = await wait_for_end(jobs, job, seconds=seconds, is_awaited=lambda: is_awaited)  # noqa: B023 - at once
            assert ended.status is Status.CREATED
