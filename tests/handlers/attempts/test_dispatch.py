"""Every way in which an attempt can end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from handlers.attempts import dispatch, endings
from handlers.attempts.context import Context
from handlers.attempts.endings import HOPELESS_CRASHES
from shared.archive.manifest import TOOL_VERSION
from shared.errors import (
    DatabaseUnavailableError,
    DiskFullError,
    SourceChangedError,
    StoreUnavailableError,
    TransferError,
)
from shared.jobs.events import Event
from shared.jobs.record import (
    MAX_CRASHES,
    MAX_UNKNOWN_TO,
    Failure,
    Job,
    JobKind,
    Outcome,
    Phase,
    Progress,
    Status,
    read_word,
)
from shared.jobs.summaries import Summary, UndoReport
from shared.ports.jobs import Claim
from tests.support.job_stores import make_cancellation
from tests.support.memory.jobs import MemoryJobStore
from tests.support.summaries import DONE, UNDONE
from tests.support.workbench import RunPart, UndoPart, Workbench, make_settings, undo_nothing

NODES = Progress(phase=Phase.NODES, nodes_done=1)
TWENTY_UNDONE = Summary(undone=UndoReport(nodes_removed=20, relationships_removed=0, nodes_left=0))

LATE_SECONDS = 20.0
"""A fraction of what the work below takes when nobody stops it."""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setattr(dispatch, "RETRY_PAUSE_SECONDS", 0.05)
    return Workbench(settings=make_settings(tmp_path))


async def never_run(_: Job, __: Context) -> Outcome:
    raise AssertionError("must not be started")


async def work_in_batches(_: Job, context: Context) -> Outcome:
    for _batch in range(6000):
        await asyncio.sleep(0.01)
        await context.advance(NODES)
    raise AssertionError("nobody stopped it")


async def work_without_advancing(_: Job, __: Context) -> Outcome:
    await asyncio.sleep(60)
    raise AssertionError("nobody stopped it")


async def begin(bench: Workbench, job: Job, run: RunPart, undo: UndoPart = undo_nothing) -> asyncio.Task[Job]:
    """Begin to answer the job's event; return once its handler is at work."""
    begun = asyncio.Event()

    async def tell_and_run(job: Job, context: Context) -> Outcome:
        begun.set()
        return await run(job, context)

    answering = asyncio.create_task(bench.dispatch(job, tell_and_run, undo))
    await asyncio.wait_for(begun.wait(), LATE_SECONDS)
    return answering


async def undo_in_batches(_: Job, context: Context) -> Summary:
    for _batch in range(20):
        await asyncio.sleep(0.01)
        await context.advance(NODES)
    return TWENTY_UNDONE


UNKNOWN: Mapping[str, Any] = {"kind": read_word(JobKind, "mirror"), "unsupported": ("the kind of job 'mirror'",)}
"""As the store reads a record of such a kind."""


class TestUnknownJobs:
    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(endings, "UNKNOWN_PAUSE_SECONDS", 0.0)

    @pytest.mark.parametrize(
        ("changes", "unknown"),
        [
            (UNKNOWN, "the kind of job 'mirror'"),
            ({"unsupported": ("the option 'zip'",)}, "the option 'zip'"),
        ],
    )
    async def test_they_are_left_to_others_then_fail(
        self, bench: Workbench, changes: dict[str, Any], unknown: str
    ) -> None:
        job, waiting = await bench.submit(), await bench.submit()
        bench.change(job, **changes)
        for workers in range(1, MAX_UNKNOWN_TO):
            given_back = await bench.dispatch(job, never_run)
            assert (given_back.status, given_back.unknown_to) == (Status.IN_PROGRESS, workers)
            assert (given_back.attempt, given_back.crashes) == (workers + 1, 0)
        failed = await bench.dispatch(job, never_run)
        assert failed.failure is not None
        assert (failed.status, failed.failure.code) == (Status.FAILED, "JOB_UNSUPPORTED")
        assert failed.failure.details == (unknown,)
        assert all(part in failed.failure.message for part in (unknown, TOOL_VERSION, "Update the workers"))
        assert (bench.undone, bench.settled) == ([], [])
        assert (await bench.dispatch(waiting)).status is Status.CLOSED

    async def test_one_that_is_cancelled_is_left_to_others_as_well(self, bench: Workbench) -> None:
        job = await bench.submit()
        bench.change(job, **UNKNOWN, cancel=make_cancellation())
        for _ in range(MAX_UNKNOWN_TO):
            ended = await bench.dispatch(job, never_run)
        assert (ended.status, bench.undone) == (Status.FAILED, [])

    async def test_a_worker_that_knows_it_does_it(self, bench: Workbench) -> None:
        job = await bench.submit()
        bench.change(job, **UNKNOWN)
        assert (await bench.dispatch(job, never_run)).unknown_to == 1
        bench.change(job, kind=JobKind.EXPORT, unsupported=())
        assert (await bench.dispatch(job)).status is Status.CLOSED

    async def test_a_worker_keeps_it_for_a_while(self, bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(endings, "UNKNOWN_PAUSE_SECONDS", 60.0)
        job = await bench.submit()
        bench.change(job, **UNKNOWN)
        answering = asyncio.create_task(bench.dispatch(job, never_run))
        while not bench.jobs.nonces:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert not answering.done()
        bench.leases.request_shutdown()
        assert (await answering).unknown_to == 1


class StoreAwayOnce(MemoryJobStore):
    away = True

    @override
    async def finish(self, claim: Claim, outcome: Outcome) -> bool:
        if self.away:
            self.away = False
            raise StoreUnavailableError("away")
        return await super().finish(claim, outcome)


class TestWork:
    async def test_outcome_is_written(self, bench: Workbench) -> None:
        job = await bench.submit()
        ended = await bench.dispatch(job)
        assert (ended.status, ended.summary, ended.failure) == (Status.CLOSED, DONE, None)
        assert bench.settled == [Status.CLOSED]
        assert bench.undone == []
        log = bench.read_log(job)
        assert [line["event"] for line in log] == ["attempt started", "job ended", "not cleared away yet"]
        assert {line["attempt"] for line in log} == {1}

    async def test_event_of_another_attempt_does_nothing(self, bench: Workbench) -> None:
        job = await bench.submit()
        await bench.jobs.claim(Event(job_id=job.id, attempt=1), "another worker")
        assert (await bench.dispatch(job, never_run)).status is Status.IN_PROGRESS

    async def test_known_error_is_told(self, bench: Workbench) -> None:
        async def run(_: Job, __: Context) -> Outcome:
            raise SourceChangedError("It changed.", details=("twice",))

        ended = await bench.dispatch(job := await bench.submit(), run)
        assert ended.failure == Failure(code="SOURCE_CHANGED", message="It changed.", details=("twice",))
        assert (ended.status, ended.summary, bench.undone) == (Status.FAILED, UNDONE, [job.id])
        assert bench.settled == [Status.FAILED]

    async def test_how_far_it_came_is_told_after_the_undo(self, bench: Workbench) -> None:
        async def run(_: Job, context: Context) -> Outcome:
            await context.advance(Progress(phase=Phase.NODES, nodes_done=5))
            raise SourceChangedError("It changed.")

        ended = await bench.dispatch(await bench.submit(), run)
        assert ended.progress == Progress(phase=Phase.ENDED, nodes_done=5)

    @pytest.mark.internal_error
    async def test_unforeseen_error_is_kept_for_the_log(self, bench: Workbench) -> None:
        async def run(_: Job, __: Context) -> Outcome:
            raise ZeroDivisionError("password=hunter2")

        ended = await bench.dispatch(job := await bench.submit(), run)
        assert ended.failure is not None
        assert (ended.status, ended.failure.code) == (Status.FAILED, "INTERNAL_ERROR")
        assert "hunter2" not in ended.failure.message
        assert any("hunter2" in line.get("exception", "") for line in bench.read_log(job))
        assert bench.undone == [job.id]

    @pytest.mark.internal_error
    async def test_handler_that_cancels_itself_fails(self, bench: Workbench) -> None:
        async def run(_: Job, __: Context) -> Outcome:
            raise asyncio.CancelledError

        assert (await bench.dispatch(await bench.submit(), run)).status is Status.FAILED

    async def test_store_that_comes_back_gets_the_outcome(self, tmp_path: Path) -> None:
        bench = Workbench(settings=make_settings(tmp_path), jobs=StoreAwayOnce())
        assert (await bench.dispatch(await bench.submit())).status is Status.CLOSED


class TestCancel:
    @pytest.mark.parametrize("run", [work_in_batches, work_without_advancing])
    async def test_running_job_is_undone(self, bench: Workbench, run: Any) -> None:
        job = await bench.submit()
        answering = await begin(bench, job, run, undo_in_batches)
        await bench.jobs.request_cancel(job.id, make_cancellation())
        ended = await asyncio.wait_for(answering, LATE_SECONDS)
        assert (ended.status, ended.summary, ended.failure) == (Status.CANCELLED, TWENTY_UNDONE, None)
        assert bench.undone == [job.id]

    async def test_second_cancel_does_not_disturb_the_undo(self, bench: Workbench) -> None:
        async def undo(job: Job, context: Context) -> Summary:
            await bench.jobs.request_cancel(job.id, make_cancellation())
            return await undo_in_batches(job, context)

        async def run(_: Job, __: Context) -> Outcome:
            raise SourceChangedError("It changed.")

        ended = await bench.dispatch(await bench.submit(), run, undo)
        assert (ended.status, ended.summary) == (Status.FAILED, TWENTY_UNDONE)

    async def test_work_done_without_hearing_of_it_is_undone(self, bench: Workbench) -> None:
        async def run(job: Job, _: Context) -> Outcome:
            await bench.jobs.request_cancel(job.id, make_cancellation())
            return Outcome(status=Status.CLOSED, summary=DONE)

        ended = await bench.dispatch(await bench.submit(), run)
        assert (ended.status, ended.summary, bench.undone) == (Status.CANCELLED, UNDONE, [ended.id])

    async def test_flag_set_between_attempts_only_undoes(self, bench: Workbench) -> None:
        job = await bench.submit()
        bench.change(job, cancel=make_cancellation())
        ended = await bench.dispatch(job, never_run)
        assert (ended.status, bench.undone) == (Status.CANCELLED, [job.id])


class TestDeadline:
    async def test_running_job_is_undone(self, bench: Workbench) -> None:
        job = await bench.submit(deadline_seconds=1)
        began = time.monotonic()
        ended = await asyncio.wait_for(bench.dispatch(job, work_in_batches, undo_in_batches), LATE_SECONDS)
        assert (ended.status, bench.undone) == (Status.CLOSED_BY_TIMEOUT, [job.id])
        assert time.monotonic() - began >= 1.0

    async def test_claim_after_it_only_undoes(self, bench: Workbench) -> None:
        job = await bench.submit()
        bench.change(job, deadline=datetime.now(UTC) - timedelta(seconds=1))
        ended = await bench.dispatch(job, never_run)
        assert (ended.status, bench.undone) == (Status.CLOSED_BY_TIMEOUT, [job.id])


class TestCrashes:
    async def test_too_many_fail_the_job(self, bench: Workbench) -> None:
        job = await bench.submit()
        bench.change(job, crashes=MAX_CRASHES)
        ended = await bench.dispatch(job, never_run)
        assert ended.failure == Failure(code="WORKER_CRASHED", message="worker crashed 3 times")
        assert (ended.status, bench.undone) == (Status.FAILED, [job.id])

    async def test_past_the_point_of_no_return_it_goes_forward(self, bench: Workbench) -> None:
        job = await bench.submit()
        bench.change(job, crashes=MAX_CRASHES, cancellable=False)
        assert (await bench.dispatch(job)).status is Status.CLOSED

    @pytest.mark.parametrize("cancellable", [True, False])
    async def test_hopeless_job_ends_as_it_stands(self, bench: Workbench, cancellable: bool) -> None:
        job = await bench.submit()
        bench.change(job, crashes=HOPELESS_CRASHES, cancellable=cancellable)
        ended = await bench.dispatch(job, never_run)
        assert (ended.status, bench.undone) == (Status.FAILED, [])


class TestShutdown:
    async def test_job_is_handed_off(self, bench: Workbench) -> None:
        job = await bench.submit()
        answering = await begin(bench, job, work_in_batches)
        bench.leases.request_shutdown()
        after = await asyncio.wait_for(answering, LATE_SECONDS)
        assert (after.status, after.attempt, after.crashes) == (Status.IN_PROGRESS, 2, 0)
        assert bench.undone == []

    async def test_stopping_worker_begins_nothing(self, bench: Workbench) -> None:
        bench.leases.request_shutdown()
        after = await bench.dispatch(await bench.submit(), never_run)
        assert (after.status, after.attempt) == (Status.IN_PROGRESS, 2)

    async def test_undo_is_handed_off(self, bench: Workbench) -> None:
        async def undo(job: Job, context: Context) -> Summary:
            bench.leases.request_shutdown()
            return await undo_in_batches(job, context)

        job = await bench.submit()
        bench.change(job, cancel=make_cancellation())
        after = await bench.dispatch(job, never_run, undo)
        assert (after.status, after.attempt) == (Status.IN_PROGRESS, 2)
        assert bench.jobs.queues["undo"] == [Event(job_id=job.id, attempt=2)]


class TestLostLease:
    @pytest.mark.parametrize("run", [work_in_batches, work_without_advancing])
    async def test_nothing_is_touched(self, bench: Workbench, run: Any) -> None:
        job = await bench.submit()
        answering = await begin(bench, job, run)
        bench.change(job, lease_until=datetime.now(UTC))
        assert await bench.jobs.reap() == 1
        successor = await bench.jobs.claim(Event(job_id=job.id, attempt=2), "successor")
        after = await asyncio.wait_for(answering, LATE_SECONDS)
        assert successor is not None
        assert (after.status, after.fence) == (Status.IN_PROGRESS, successor.fence)
        assert bench.undone == []

    async def test_outcome_of_a_stale_attempt_is_not_written(self, bench: Workbench) -> None:
        async def run(job: Job, _: Context) -> Outcome:
            bench.change(job, lease_until=datetime.now(UTC))
            await bench.jobs.reap()
            return Outcome(status=Status.CLOSED)

        after = await bench.dispatch(job := await bench.submit(), run)
        assert (after.status, after.attempt) == (Status.IN_PROGRESS, 2)
        assert any("another worker" in line["event"] for line in bench.read_log(job))
        assert bench.settled == []


class TestUnavailable:
    async def test_before_the_point_of_no_return_is_a_failure(self, bench: Workbench) -> None:
        async def run(_: Job, __: Context) -> Outcome:
            raise DatabaseUnavailableError("away")

        ended = await bench.dispatch(job := await bench.submit(), run)
        assert ended.failure == Failure(code="DATABASE_UNAVAILABLE", message="away")
        assert bench.undone == [job.id]

    async def test_past_it_is_left_to_the_next_attempt(self, bench: Workbench) -> None:
        async def run(_: Job, context: Context) -> Outcome:
            await context.pass_point_of_no_return()
            raise DatabaseUnavailableError("away")

        after = await bench.dispatch(job := await bench.submit(), run)
        assert (after.status, after.attempt, after.crashes, bench.undone) == (Status.IN_PROGRESS, 2, 0, [])
        assert (await bench.dispatch(job)).status is Status.CLOSED

    @pytest.mark.parametrize(
        "error", [TransferError("refused"), pytest.param(ZeroDivisionError(), marks=pytest.mark.internal_error)]
    )
    async def test_past_it_nothing_is_final_for_what_only_goes_forward(
        self, bench: Workbench, error: Exception
    ) -> None:
        async def run(_: Job, context: Context) -> Outcome:
            await context.pass_point_of_no_return()
            raise error

        bench.only_forward = True
        after = await bench.dispatch(job := await bench.submit(), run)
        assert (after.status, after.attempt, after.crashes, bench.undone) == (Status.IN_PROGRESS, 2, 0, [])
        bench.change(job, deadline=datetime.now(UTC) - timedelta(minutes=59))
        assert (await bench.dispatch(job, run)).status is Status.IN_PROGRESS
        bench.change(job, deadline=datetime.now(UTC) - timedelta(minutes=61))
        assert (await bench.dispatch(job, run)).status is Status.FAILED

    async def test_past_it_an_archive_that_cannot_be_published_is_a_failure(self, bench: Workbench) -> None:
        async def run(_: Job, context: Context) -> Outcome:
            await context.pass_point_of_no_return()
            raise DiskFullError("full")

        assert (await bench.dispatch(await bench.submit(), run)).status is Status.FAILED

    async def test_undo_is_left_to_the_next_attempt(self, bench: Workbench) -> None:
        async def undo(_: Job, __: Context) -> Summary:
            raise DatabaseUnavailableError("away")

        job = await bench.submit()
        bench.change(job, cancel=make_cancellation())
        after = await bench.dispatch(job, never_run, undo)
        assert (after.status, after.attempt, after.crashes) == (Status.IN_PROGRESS, 2, 0)
        assert (await bench.dispatch(job, never_run)).status is Status.CANCELLED

    async def test_undo_ends_as_it_stands_long_after_the_deadline(self, bench: Workbench) -> None:
        async def undo(_: Job, __: Context) -> Summary:
            raise DatabaseUnavailableError("away")

        job = await bench.submit()
        bench.change(job, deadline=datetime.now(UTC) - timedelta(days=1))
        ended = await bench.dispatch(job, never_run, undo)
        assert ended.failure is not None
        assert (ended.status, ended.failure.code) == (Status.FAILED, "DATABASE_UNAVAILABLE")
        assert ended.failure.details == ("What the job left could not be undone: away",)

    @pytest.mark.internal_error
    async def test_undo_that_fails_for_good_keeps_the_first_failure(self, bench: Workbench) -> None:
        async def run(_: Job, __: Context) -> Outcome:
            raise SourceChangedError("It changed.")

        async def undo(_: Job, __: Context) -> Summary:
            raise ZeroDivisionError

        ended = await bench.dispatch(await bench.submit(), run, undo)
        assert ended.failure is not None
        assert (ended.failure.code, ended.failure.message) == ("SOURCE_CHANGED", "It changed.")
        assert len(ended.failure.details) == 1
