"""Whoever watches jobs hears of them again after an error."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from typing_extensions import override

from gateway import job_feed
from gateway.job_feed import JobFeed
from shared.errors import StoreUnavailableError
from shared.jobs.record import Status
from shared.ports.jobs import EndedFilter, Listing, WhenBusy
from tests.support.job_stores import make_cancellation, make_job
from tests.support.memory.jobs import MemoryJobStore

ERRORS = {2: RuntimeError("odd"), 3: StoreUnavailableError("away")}


class OddStore(MemoryJobStore):
    asked = 0

    @override
    async def read_listing(self, tenant: str, ended: EndedFilter) -> Listing:
        self.asked += 1
        if error := ERRORS.get(self.asked):
            raise error
        return await super().read_listing(tenant, ended)


async def test_no_error_ends_a_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_feed, "POLL_SECONDS", 0.01)
    store, counted = OddStore(), list[str]()
    feed = JobFeed(counted.append)
    with structlog.testing.capture_logs() as logged:
        async with feed.watch(store, "acme") as watcher:
            job = await store.submit(make_job("acme"), when_busy=WhenBusy.QUEUE)
            (told,) = await watcher.take(20.0)
    assert told.id == job.id
    assert store.asked >= 4
    assert counted == ["job_feed"] * 2
    odd, away = logged
    assert odd["event"] == away["event"] == "jobs could not be watched"
    assert odd["exc_info"] is ERRORS[2]
    assert (away["log_level"], away["error"], away["errors"]) == ("warning", "away", 2)


async def test_an_end_is_told_once_whatever_the_clock_of_the_gateway_says() -> None:
    began = time.monotonic()
    store = MemoryJobStore(clock=lambda: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=time.monotonic() - began))
    feed = JobFeed(list[str]().append)
    ended = await store.submit(make_job("acme"), when_busy=WhenBusy.QUEUE)
    await store.request_cancel(ended.id, make_cancellation())
    await asyncio.sleep(0.002)  # what changes in the very moment of the first look is told
    async with feed.watch(store, "acme") as watcher:
        job = await store.submit(make_job("acme"), when_busy=WhenBusy.QUEUE)
        await store.request_cancel(job.id, make_cancellation())
        (told,) = await watcher.take(20.0)
    assert (told.id, told.status) == (job.id, Status.CANCELLED)
