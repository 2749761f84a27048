"""A lease follows the store's orders, and ends by its own clock when the store is silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typing_extensions import override

from handlers.attempts.lease import Lease, Leases
from shared.concurrency.interruptions import DeadlineReached, Interruption, JobCancelled, LeaseLost, ShutdownRequested
from shared.errors import DatabaseUnavailableError, StoreForbidsError, StoreUnavailableError
from shared.jobs.events import Event
from shared.jobs.record import Phase, Progress
from shared.ports.jobs import Claim, Order
from tests.support.job_stores import make_cancellation, wait_until
from tests.support.memory.jobs import MemoryJobStore
from tests.support.workbench import Workbench, make_settings

RARE_SECONDS = 20.0

CLOCKS_DIFFER_SECONDS = 0.05
"""A lease is timed by another clock than its record."""


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(settings=make_settings(tmp_path))


async def hold(bench: Workbench) -> AsyncIterator[Lease]:
    job = await bench.submit()
    async with bench.leases.hold(Event(job_id=job.id, attempt=1)) as lease:
        assert lease is not None
        yield lease


@pytest.fixture
async def lease(bench: Workbench) -> AsyncIterator[Lease]:
    async for held in hold(bench):
        yield held


async def wait_for_reason(lease: Lease) -> Interruption:
    """Wait for less than the period of the renewals that a test calls rare."""
    return await asyncio.wait_for(lease.wait_for_stop_reason(), RARE_SECONDS / 2)


async def wait_for_renewals(bench: Workbench, lease: Lease, number: int = 2) -> None:
    """Wait until the store has let the lease last longer, so many times."""
    ends = {(await bench.jobs.get(lease.claim.job.id)).lease_until}
    while len(ends) <= number:
        ends.add((await wait_until(bench.jobs, lease.claim.job, lambda job: job.lease_until not in ends)).lease_until)


class TestOrders:
    @pytest.mark.parametrize(
        ("order", "expected"),
        [(Order.GO_ON, None), (Order.CANCEL, JobCancelled), (Order.DEADLINE, DeadlineReached), (Order.LOST, LeaseLost)],
    )
    async def test_what_the_handler_must_stop_for(
        self, lease: Lease, order: Order, expected: type[Interruption] | None
    ) -> None:
        lease.take(order)
        lease.take(Order.GO_ON)
        reason = lease.interruption()
        assert reason is None if expected is None else isinstance(reason, expected)

    async def test_undo_is_stopped_by_shutdown_or_loss_alone(self, lease: Lease) -> None:
        lease.take(Order.CANCEL)
        lease.begin_undo()
        assert lease.interruption() is None
        assert lease.progress.phase is Phase.UNDOING
        lease.request_shutdown()
        assert isinstance(lease.interruption(), ShutdownRequested)
        lease.take(Order.LOST)
        assert isinstance(lease.interruption(), LeaseLost)

    async def test_final_work_hears_of_loss_alone_yet_may_be_stopped(self, lease: Lease) -> None:
        lease.is_final = True
        lease.take(Order.CANCEL)
        assert lease.stop_reason() is None
        lease.request_shutdown()
        assert lease.interruption() is None
        assert isinstance(lease.stop_reason(), ShutdownRequested)
        lease.take(Order.LOST)
        assert isinstance(lease.interruption(), LeaseLost)


class TestRenewal:
    async def test_goes_on_in_the_background(self, bench: Workbench, lease: Lease) -> None:
        lease.progress = Progress(phase=Phase.NODES, nodes_done=5)
        await wait_for_renewals(bench, lease)
        assert not lease.is_lost
        assert (await bench.jobs.get(lease.claim.job.id)).progress.nodes_done == 5

    async def test_hint_brings_the_order_at_once(self, tmp_path: Path) -> None:
        bench = Workbench(settings=make_settings(tmp_path, lease_seconds=60, renew_seconds=RARE_SECONDS))
        listening = asyncio.create_task(bench.leases.follow_hints())
        async for lease in hold(bench):
            while not bench.jobs.watchers:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0)
            await bench.jobs.request_cancel(lease.claim.job.id, make_cancellation())
            assert isinstance(await wait_for_reason(lease), JobCancelled)
        listening.cancel()

    async def test_deadline_waits_for_no_renewal(self, tmp_path: Path) -> None:
        bench = Workbench(settings=make_settings(tmp_path, lease_seconds=60, renew_seconds=RARE_SECONDS))
        job = await bench.submit(deadline_seconds=1)
        began = time.monotonic()
        async with bench.leases.hold(Event(job_id=job.id, attempt=1)) as lease:
            assert lease is not None
            assert lease.overtime < 0
            assert isinstance(await wait_for_reason(lease), DeadlineReached)
            assert time.monotonic() - began >= 1.0
            assert lease.overtime >= 0

    async def test_order_lost_is_heard(self, bench: Workbench, lease: Lease) -> None:
        bench.change(lease.claim.job, lease_until=datetime.now(UTC))
        await bench.jobs.reap()
        assert isinstance(await wait_for_reason(lease), LeaseLost)

    async def test_ended_context_renews_no_more(self, bench: Workbench) -> None:
        async for lease in hold(bench):
            job = lease.claim.job
        before = await bench.jobs.get(job.id)
        await asyncio.sleep(3 * bench.settings.renew_seconds)
        assert await bench.jobs.get(job.id) == before


class SilentStore(MemoryJobStore):
    silence: float = 0.0
    refuses = False
    refused = 0

    @override
    async def renew(self, claim: Claim, progress: Progress) -> Order:
        if self.refuses:
            self.refused += 1
            raise StoreUnavailableError("away")
        await asyncio.sleep(self.silence)
        return await super().renew(claim, progress)


class TestSilentStore:
    @pytest.mark.parametrize("refuses", [True, False])
    async def test_lease_is_lost_before_the_store_would_say_so(self, tmp_path: Path, refuses: bool) -> None:
        store = SilentStore()
        bench = Workbench(settings=make_settings(tmp_path, lease_seconds=1.0), jobs=store)
        loop = asyncio.get_running_loop()
        async for lease in hold(bench):
            store.silence, store.refuses = 30.0, refuses
            until = (await bench.jobs.get(lease.claim.job.id)).lease_until
            assert until is not None
            # Whatever is held up meanwhile, whoever looks at the end finds it lost.
            found = loop.create_future()
            seconds = (until - datetime.now(UTC)).total_seconds() + CLOCKS_DIFFER_SECONDS
            loop.call_later(seconds, lambda: found.set_result(lease.is_lost))  # noqa: B023 - awaited below
            assert isinstance(await wait_for_reason(lease), LeaseLost)
            assert await found

    async def test_short_silence_is_survived(self, tmp_path: Path) -> None:
        store = SilentStore()
        bench = Workbench(settings=make_settings(tmp_path, lease_seconds=60), jobs=store)
        async for lease in hold(bench):
            store.refuses = True
            while store.refused < 2:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.01)
            store.refuses = False
            await wait_for_renewals(bench, lease)
            assert lease.stop_reason() is None


class TestInsisting:
    async def test_asks_until_the_store_is_back(self, lease: Lease) -> None:
        errors = [StoreUnavailableError("away")] * 2

        async def ask() -> str:
            if errors:
                raise errors.pop()
            return "answered"

        assert await lease.insist(ask) == "answered"
        assert errors == []

    async def test_ends_with_the_lease(self, lease: Lease) -> None:
        async def lose() -> None:
            lease.take(Order.LOST)
            raise StoreUnavailableError("away")

        with pytest.raises(LeaseLost):
            await lease.insist(lose)

    async def test_does_not_ask_without_a_lease(self, lease: Lease) -> None:
        lease.take(Order.LOST)
        with pytest.raises(LeaseLost):
            await lease.insist(never_asked)

    @pytest.mark.parametrize(
        "error", [DatabaseUnavailableError("away"), StoreForbidsError("no"), JobCancelled(), ValueError("odd")]
    )
    async def test_other_errors_pass(self, lease: Lease, error: Exception) -> None:
        async def ask() -> None:
            raise error

        with pytest.raises(type(error)):
            await lease.insist(ask)


async def never_asked() -> None:
    pytest.fail("the store was asked")


async def test_unclaimed_attempt_gives_no_lease(bench: Workbench) -> None:
    job = await bench.submit()
    async with bench.leases.hold(Event(job_id=job.id, attempt=7)) as lease:
        assert lease is None


async def test_clock_that_jumped_ends_the_lease(tmp_path: Path) -> None:
    bench = Workbench(settings=make_settings(tmp_path))
    now = 0.0
    leases = Leases(bench.jobs, bench.settings, clock=lambda: now, tracer=bench.tracer)
    job = await bench.submit()
    async with leases.hold(Event(job_id=job.id, attempt=1)) as lease:
        assert lease is not None
        assert lease.interruption() is None
        now = bench.settings.lease_seconds  # the process slept; no renewal has noticed yet
        assert isinstance(lease.interruption(), LeaseLost)
