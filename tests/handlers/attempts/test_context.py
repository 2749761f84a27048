"""What a handler call receives, and what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import pytest
import structlog
from typing_extensions import override

from handlers.attempts.context import Context
from handlers.attempts.lease import Lease
from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.job_logs import FolderJobLogs
from shared.catalogue import CatalogueEntry
from shared.concurrency.interruptions import DeadlineReached, JobCancelled, LeaseLost, ShutdownRequested
from shared.errors import StoreUnavailableError, UnknownDatabaseError
from shared.jobs.events import Event
from shared.jobs.record import Phase, Progress
from shared.logs import open_job_log
from shared.ports.jobs import Claim, Order
from tests.support.job_stores import make_cancellation, wait_until
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.graph.target import MemoryTarget
from tests.support.memory.identity import MemoryIdentity
from tests.support.memory.jobs import MemoryJobStore
from tests.support.pace import takes_at_most
from tests.support.workbench import Workbench, make_settings

NODES = Progress(phase=Phase.NODES, nodes_done=2)


class StoreAwayTwice(MemoryJobStore):
    refusals = 2

    @override
    async def refuse_cancel(self, claim: Claim) -> Order:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailableError("away")
        return await super().refuse_cancel(claim)


async def list_nothing(_: str) -> Sequence[CatalogueEntry]:
    return ()


def make_context(bench: Workbench, lease: Lease) -> Context:
    return Context(
        claim=lease.claim,
        archives=ArchiveDirectory(bench.settings.archives_dir),
        log=structlog.get_logger(),
        lease=lease,
        jobs=bench.jobs,
        identity=MemoryIdentity(),
        sources={"source": MemorySource(MemoryDatabase(name="source"))},
        targets={"target": MemoryTarget(MemoryDatabase(name="target"))},
        open_log=partial(open_job_log, FolderJobLogs(bench.settings)),
        find_hidden=list_nothing,
    )


@pytest.fixture
async def bench(tmp_path: Path) -> Workbench:
    return Workbench(settings=make_settings(tmp_path), jobs=StoreAwayTwice())


@pytest.fixture
async def context(bench: Workbench) -> AsyncIterator[Context]:
    job = await bench.submit()
    async with bench.leases.hold(Event(job_id=job.id, attempt=1)) as lease:
        assert lease is not None
        yield make_context(bench, lease)


async def test_databases_by_name(context: Context) -> None:
    assert context.source("source").database == "source"
    assert context.target("target").database == "target"
    with pytest.raises(UnknownDatabaseError, match="'target' is unknown"):
        context.source("target")
    with pytest.raises(UnknownDatabaseError, match="known databases: target"):
        context.target("source")
    assert context.job.id == context.claim.job.id


async def test_advance_reports_with_the_next_renewal(bench: Workbench, context: Context) -> None:
    await context.advance(NODES)
    await wait_until(bench.jobs, context.job, lambda job: job.progress == NODES)


async def test_advance_is_cheap(context: Context) -> None:
    with takes_at_most(0.5):
        for _ in range(1000):
            await context.advance(NODES)


@pytest.mark.parametrize(
    ("order", "expected"), [(Order.CANCEL, JobCancelled), (Order.DEADLINE, DeadlineReached), (Order.LOST, LeaseLost)]
)
async def test_advance_raises_what_was_ordered(context: Context, order: Order, expected: type[Exception]) -> None:
    context.lease.take(order)
    with pytest.raises(expected):
        await context.advance(NODES)
    assert context.lease.progress == NODES


async def test_point_of_no_return(bench: Workbench, context: Context) -> None:
    await context.pass_point_of_no_return()
    await context.pass_point_of_no_return()
    assert not (await bench.jobs.get(context.job.id)).cancellable
    context.lease.request_shutdown()
    context.lease.take(Order.CANCEL)
    await context.advance(NODES)
    context.lease.take(Order.LOST)
    with pytest.raises(LeaseLost):
        await context.advance(NODES)


async def test_point_of_no_return_after_a_cancel(bench: Workbench, context: Context) -> None:
    await bench.jobs.request_cancel(context.job.id, make_cancellation())
    with pytest.raises(JobCancelled):
        await context.pass_point_of_no_return()
    assert (await bench.jobs.get(context.job.id)).cancellable


async def test_point_of_no_return_after_the_deadline(bench: Workbench, context: Context) -> None:
    bench.change(context.job, deadline=context.job.created)
    with pytest.raises(DeadlineReached):
        await context.pass_point_of_no_return()


async def test_point_of_no_return_in_a_stopping_worker(bench: Workbench, context: Context) -> None:
    context.lease.request_shutdown()
    with pytest.raises(ShutdownRequested):
        await context.pass_point_of_no_return()
    assert (await bench.jobs.get(context.job.id)).cancellable


async def test_point_of_no_return_without_a_store(bench: Workbench, context: Context) -> None:
    assert isinstance(bench.jobs, StoreAwayTwice)
    bench.jobs.refusals = 1000
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(_lose(context), 5.0)


async def _lose(context: Context) -> None:
    waiting = asyncio.create_task(context.pass_point_of_no_return())
    await asyncio.sleep(0.1)
    context.lease.take(Order.LOST)
    await waiting
