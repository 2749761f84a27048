"""What every job store does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import (
    DependencyFailedError,
    InvalidRequestError,
    JobEndedError,
    QueueFullError,
    TenantBusyError,
    UnknownJobError,
)
from shared.jobs.events import Event
from shared.jobs.record import (
    MAX_CRASHES,
    ArchiveIdentity,
    Failure,
    Job,
    JobKind,
    NewJob,
    Outcome,
    Phase,
    Progress,
    Status,
    Submitter,
)
from shared.jobs.requests import ApplicationChoice, CopyRequest, ImportRequest, InspectRequest
from shared.jobs.summaries import ArchiveFacts, Summary
from shared.ports.jobs import Claim, EndedFilter, JobFilter, Order, WhenBusy, make_nonce
from shared.trace_context import TraceContext
from tests.support.clocks import set_process_clock
from tests.support.faults.clusters import Cluster, open_tls_cluster
from tests.support.job_stores import (
    LEASE_SECONDS,
    JobStoreRig,
    MemoryRig,
    make_cancellation,
    make_job,
    open_valkey_rig,
)
from tests.support.summaries import exported
from tests.support.tls import make_certificates

CLOSED = Outcome(status=Status.CLOSED)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Who has signed the certificates of a cluster's nodes."""
    (file,) = make_certificates(tmp_path_factory.mktemp("certificates"), "node")
    return file


@pytest.fixture(scope="module")
def tls_cluster(authority: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with open_tls_cluster(tmp_path_factory.mktemp("cluster"), authority) as opened:
        yield opened


@pytest.fixture(params=["memory", "valkey", "cluster", "cluster by TLS"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[JobStoreRig]:
    if request.param == "memory":
        yield MemoryRig()
        return
    authority = None
    if request.param == "cluster by TLS":
        cluster, authority = request.getfixturevalue("tls_cluster"), request.getfixturevalue("authority")
        cluster.empty()
        url = cluster.admit("ours")
    else:
        url = request.getfixturevalue(f"{request.param}_url")
    async with open_valkey_rig(url, ca_file=authority) as valkey:
        yield valkey


@pytest.fixture(params=["memory", "valkey"])
async def long_lease_rig(request: pytest.FixtureRequest) -> AsyncIterator[JobStoreRig]:
    if request.param == "memory":
        yield MemoryRig(lease_seconds=60)
        return
    async with open_valkey_rig(request.getfixturevalue("valkey_url"), lease_seconds=60) as valkey:
        yield valkey


async def submit(rig: JobStoreRig, job: NewJob | None = None) -> Job:
    return await rig.store.submit(job or make_job(), when_busy=WhenBusy.QUEUE)


async def claim(rig: JobStoreRig, job: Job, attempt: int = 1, nonce: str = "worker-1") -> Claim:
    taken = await rig.store.claim(Event(job_id=job.id, attempt=attempt), nonce)
    assert taken is not None
    return taken


async def finish(rig: JobStoreRig, job: Job, status: Status = Status.CLOSED) -> None:
    """Do the job that holds the slot."""
    assert await rig.store.finish(await claim(rig, job), Outcome(status=status))


def make_copy(name: str) -> CopyRequest:
    return CopyRequest(
        from_database="source", to_database="target", choices=(ApplicationChoice(source_name=name, name="Copy"),)
    )


async def cursor_at(rig: JobStoreRig, job: Job) -> str | None:
    """Give the cursor of a part that ends with this job."""
    cursor = None
    while True:
        page = await rig.store.list_jobs(job.tenant, where=JobFilter(), cursor=cursor, limit=1)
        if page.jobs[0].id == job.id:
            return page.next_cursor
        cursor = page.next_cursor


async def submit_and_claim(rig: JobStoreRig, job: NewJob | None = None) -> Claim:
    return await claim(rig, await submit(rig, job))


class TestSubmit:
    async def test_first_job_takes_the_slot_and_is_queued(self, rig: JobStoreRig) -> None:
        trace = TraceContext(trace_id="ab" * 16, span_id="cd" * 8, is_sampled=False, state="vendor=1")
        new = make_job(
            source_system="ci",
            correlation_id="c-1",
            idempotency_key="once",
            request_digest="d",
            retry_of="r-1",
            trace=trace,
        )
        job = await submit(rig, new)
        assert (job.trace, (await submit(rig, make_job())).trace) == (trace, None)
        assert (job.status, job.attempt, job.progress.phase) == (Status.CREATED, 1, Phase.WAITING)
        assert (job.request, job.kind, job.surface, job.created_by) == (new.request, new.kind, new.surface, "ann")
        assert (job.source_system, job.correlation_id) == ("ci", "c-1")
        assert (job.idempotency_key, job.request_digest, job.retry_of) == ("once", "d", "r-1")
        found = await rig.store.find_accepted("acme", "once")
        assert found is not None
        assert found.id == job.id
        assert await rig.store.find_accepted("globex", "once") is None
        assert await rig.store.find_accepted("acme", "twice") is None
        assert (job.started, job.deadline, job.ended, job.fence) == (None, None, None, 0)
        assert await rig.queued("work") == [Event(job_id=job.id, attempt=1)]
        assert await rig.store.get(job.id) == job

    async def test_import_request_comes_back_equal(self, rig: JobStoreRig) -> None:
        request = ImportRequest(database="target", archive_name="a.zip", import_as="Neu")
        job = await submit(rig, make_job(kind=JobKind.IMPORT, database="target", request=request))
        assert (await rig.store.get(job.id)).request == request

    @pytest.mark.parametrize("submitter", [None, Submitter(home="", roles=("ADMIN",)), Submitter(home=None, roles=())])
    async def test_the_submitter_comes_back_equal(self, rig: JobStoreRig, submitter: Submitter | None) -> None:
        job = await submit(rig, make_job(submitter=submitter))
        assert (await rig.store.get(job.id)).submitter == submitter

    @pytest.mark.parametrize("inode", [None, 1, 2**64 - 1])
    async def test_the_identity_of_an_archive_comes_back_equal(self, rig: JobStoreRig, inode: int | None) -> None:
        noted = None if inode is None else ArchiveIdentity(inode=inode, bytes=3, modified_ns=1_800_000_000_123_456_789)
        job = await submit(rig, make_job(archive_identity=noted))
        assert (await rig.store.get(job.id)).archive_identity == noted

    async def test_second_job_waits_in_line(self, rig: JobStoreRig) -> None:
        first, second, third = [await submit(rig) for _ in range(3)]
        assert (second.attempt, third.attempt) == (0, 0)
        assert [job.id for job in await rig.store.list_waiting("acme")] == [second.id, third.id]
        assert await rig.queued("work") == [Event(job_id=first.id, attempt=1)]

    async def test_a_job_that_waits_has_a_place_and_no_other_has(self, rig: JobStoreRig) -> None:
        first, second = await submit(rig), await submit(rig)
        held = await submit(rig, make_job(depends_on=(second.id,)))
        third = await submit(rig)
        elsewhere = await submit(rig, make_job(tenant="globex"))
        jobs = (first, second, third, held, elsewhere)
        assert [await rig.store.find_place(job) for job in jobs] == [None, 1, 2, None, None]
        await rig.store.finish(await claim(rig, first), CLOSED)
        assert [await rig.store.find_place(job) for job in jobs] == [None, None, 1, None, None]

    async def test_the_slot_tells_who_holds_it(self, rig: JobStoreRig) -> None:
        assert await rig.store.find_running("acme") is None
        first, second = await submit(rig), await submit(rig)
        holder = await rig.store.find_running("acme")
        assert holder is not None
        assert (holder.id, holder.status) == (first.id, Status.CREATED)
        await rig.store.finish(await claim(rig, first), CLOSED)
        holder = await rig.store.find_running("acme")
        assert holder is not None
        assert holder.id == second.id
        await rig.store.request_cancel(second.id, make_cancellation())
        assert await rig.store.find_running("acme") is None
        assert await rig.store.find_running("globex") is None

    async def test_busy_tenant_is_refused_with_the_holder(self, rig: JobStoreRig) -> None:
        holder = await submit(rig)
        refused = make_job()
        with pytest.raises(TenantBusyError, match=holder.id) as caught:
            await rig.store.submit(refused, when_busy=WhenBusy.REFUSE)
        assert caught.value.running_job_id == holder.id
        with pytest.raises(UnknownJobError):
            await rig.store.get(refused.id)

    async def test_waiting_line_has_a_limit(self, rig: JobStoreRig) -> None:
        for _ in range(3):
            await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE, waiting_limit=2)
        with pytest.raises(QueueFullError, match="2 jobs"):
            await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE, waiting_limit=2)
        assert len(await rig.store.list_waiting("acme")) == 2

    async def test_tenants_do_not_wait_for_each_other(self, rig: JobStoreRig) -> None:
        await submit(rig, make_job("acme"))
        other = await rig.store.submit(make_job("globex"), when_busy=WhenBusy.REFUSE)
        assert other.attempt == 1

    async def test_same_id_again_is_the_same_job(self, rig: JobStoreRig) -> None:
        new = make_job()
        first = await submit(rig, new)
        taken = await claim(rig, first)
        again = await rig.store.submit(new, when_busy=WhenBusy.REFUSE)
        assert (again.id, again.status) == (first.id, Status.IN_PROGRESS)
        assert await rig.store.finish(taken, CLOSED)
        assert (await rig.store.submit(new, when_busy=WhenBusy.REFUSE)).status is Status.CLOSED

    async def test_idempotency_key_is_one_job_per_tenant(self, rig: JobStoreRig) -> None:
        first = await submit(rig, make_job(idempotency_key="k"))
        again = await submit(rig, make_job(idempotency_key="k"))
        other_tenant = await submit(rig, make_job("globex", idempotency_key="k"))
        other_key = await submit(rig, make_job(idempotency_key="k2"))
        assert again.id == first.id
        assert len({first.id, other_tenant.id, other_key.id}) == 3

    async def test_many_at_once_give_one_holder(self, rig: JobStoreRig) -> None:
        answers = await asyncio.gather(
            *(rig.store.submit(make_job(), when_busy=WhenBusy.REFUSE) for _ in range(30)), return_exceptions=True
        )
        assert sum(isinstance(answer, Job) for answer in answers) == 1
        assert len(await rig.queued("work")) == 1


class TestClaim:
    async def test_starts_the_job(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        job = taken.job
        assert (job.status, job.progress.phase, taken.attempt) == (Status.IN_PROGRESS, Phase.STARTING, 1)
        assert taken.fence == job.fence > 0
        assert job.started == job.updated
        assert job.deadline is not None
        assert job.started is not None
        assert job.deadline - job.started == timedelta(seconds=3600)
        assert job.lease_until is not None
        assert job.lease_until - job.started == timedelta(seconds=LEASE_SECONDS)

    async def test_empties_the_queue(self, rig: JobStoreRig) -> None:
        await submit_and_claim(rig)
        assert await rig.queued("work") == []
        assert await rig.store.reap() == 0

    async def test_same_nonce_gets_the_same_fence(self, rig: JobStoreRig) -> None:
        job = await submit(rig)
        first, again = await claim(rig, job), await claim(rig, job)
        assert (first.fence, first.attempt) == (again.fence, again.attempt)

    async def test_event_delivered_many_times_is_taken_once(self, rig: JobStoreRig) -> None:
        job = await submit(rig)
        event = Event(job_id=job.id, attempt=1)
        claims = await asyncio.gather(*(rig.store.claim(event, f"worker-{number}") for number in range(30)))
        assert sum(each is not None for each in claims) == 1

    @pytest.mark.parametrize("attempt", [0, 2])
    async def test_other_attempts_are_not_there(self, rig: JobStoreRig, attempt: int) -> None:
        job = await submit(rig)
        assert await rig.store.claim(Event(job_id=job.id, attempt=attempt), "n") is None

    async def test_waiting_ended_and_unknown_jobs_are_not_there(self, rig: JobStoreRig) -> None:
        ended = await submit_and_claim(rig)
        waiting = await submit(rig)
        assert await rig.store.claim(Event(job_id=waiting.id, attempt=0), "n") is None
        await rig.store.finish(ended, CLOSED)
        assert await rig.store.claim(Event(job_id=ended.job.id, attempt=1), "worker-1") is None
        assert await rig.store.claim(Event(job_id="unknown", attempt=1), "n") is None


class TestRenew:
    async def test_writes_progress_and_keeps_the_lease(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        progress = Progress(phase=Phase.NODES, nodes_done=7, nodes_total=9, relationships_done=1, bytes_done=2**40)
        for _ in range(3):
            await rig.wait(LEASE_SECONDS / 2)
            assert await rig.store.renew(taken, progress) is Order.GO_ON
        assert await rig.store.reap() == 0
        assert (await rig.store.get(taken.job.id)).progress == progress

    async def test_stale_claims_are_lost(self, rig: JobStoreRig) -> None:
        stale = await submit_and_claim(rig)
        await rig.wait(LEASE_SECONDS)
        assert await rig.store.reap() == 1
        assert await rig.store.renew(stale, Progress()) is Order.LOST
        fresh = await claim(rig, stale.job, attempt=2)
        assert fresh.fence > stale.fence
        assert await rig.store.renew(stale, Progress()) is Order.LOST
        assert await rig.store.refuse_cancel(stale) is Order.LOST
        assert not await rig.store.finish(stale, CLOSED)
        assert not await rig.store.hand_off(stale)
        assert await rig.store.renew(fresh, Progress()) is Order.GO_ON

    async def test_deadline_counts_from_the_first_claim(self, rig: JobStoreRig) -> None:
        job = await submit(rig, make_job(deadline_seconds=1))
        await rig.wait(1.0)
        taken = await claim(rig, job)
        assert await rig.store.renew(taken, Progress()) is Order.GO_ON
        assert await rig.store.hand_off(taken)
        await rig.wait(1.0)
        again = await claim(rig, job, attempt=2)
        assert again.job.deadline == taken.job.deadline
        assert await rig.store.renew(again, Progress()) is Order.DEADLINE


class TestFinish:
    async def test_writes_the_outcome(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        archive = ArchiveFacts(name="package.zip", bytes=12, sha256="ab" * 32)
        application = exported("Ä", nodes=2**53 + 1)
        summary = Summary(applications=(application,), unknown={"empty": {}, "none": None})
        progress = Progress(phase=Phase.PACKING, nodes_done=3, nodes_total=3)
        outcome = Outcome(status=Status.CLOSED, archive=archive, summary=summary, progress=progress)
        assert await rig.store.finish(taken, outcome)
        job = await rig.store.get(taken.job.id)
        assert (job.status, job.archive, job.summary, job.failure) == (Status.CLOSED, archive, summary, None)
        assert (job.progress.phase, job.progress.nodes_done, job.lease_until) == (Phase.ENDED, 3, None)
        assert job.ended == job.updated

    async def test_keeps_failure_and_earlier_progress(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        await rig.store.renew(taken, Progress(phase=Phase.NODES, nodes_done=5))
        failure = Failure(code="SOURCE_CHANGED", message="changed", details=("a", "b"))
        assert await rig.store.finish(taken, Outcome(status=Status.FAILED, failure=failure))
        job = await rig.store.get(taken.job.id)
        assert (job.failure, job.progress.nodes_done) == (failure, 5)

    async def test_keeps_a_report_beside_the_record(self, rig: JobStoreRig) -> None:
        request = InspectRequest(database="", archive_name="a.zip", rename_labels={"A": "B"})
        taken = await submit_and_claim(rig, make_job(kind=JobKind.INSPECT, database="", request=request))
        assert (taken.job.request, taken.job.database) == (request, "")
        assert await rig.store.read_report(taken.job.id) is None
        assert await rig.store.finish(taken, Outcome(status=Status.CLOSED, report='{"ä": 1}'))
        assert await rig.store.finish(taken, CLOSED)
        assert await rig.store.read_report(taken.job.id) == '{"ä": 1}'
        assert (await rig.store.get(taken.job.id)).summary == Summary()

    async def test_no_report_of_a_lost_claim_is_kept(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        await rig.store.hand_off(taken)
        assert not await rig.store.finish(taken, Outcome(status=Status.CLOSED, report="{}"))
        assert await rig.store.read_report(taken.job.id) is None

    async def test_twice_is_once(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        waiting = await submit(rig)
        assert await rig.store.finish(taken, CLOSED)
        assert await rig.store.finish(taken, Outcome(status=Status.FAILED))
        assert (await rig.store.get(taken.job.id)).status is Status.CLOSED
        assert (await rig.store.get(waiting.id)).attempt == 1

    async def test_a_bad_ending_may_be_corrected_and_a_good_one_stands(self, rig: JobStoreRig) -> None:
        archive = ArchiveFacts(name="a.zip", bytes=1, sha256="0" * 64)
        late = Outcome(status=Status.CLOSED, summary=Summary(warnings=("late",)), archive=archive)
        held = await submit_and_claim(rig)
        assert not await rig.store.correct(held.job.id, late), "it has not ended"
        failure = Failure(code="TRANSFER_FAILED", message="no")
        await rig.store.finish(held, Outcome(status=Status.FAILED, failure=failure))
        ended = await rig.store.get(held.job.id)

        assert await rig.store.correct(held.job.id, late)
        corrected = await rig.store.get(held.job.id)
        assert (corrected.status, corrected.failure) == (Status.CLOSED, None)
        assert (corrected.summary, corrected.archive) == (late.summary, archive)
        assert (corrected.ended, corrected.progress) == (ended.ended, ended.progress)

        assert not await rig.store.correct(held.job.id, Outcome(status=Status.FAILED, failure=failure))
        assert (await rig.store.get(held.job.id)).status is Status.CLOSED
        assert not await rig.store.correct("unknown", late)

    async def test_starts_the_next_waiting_job(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        second, third = await submit(rig), await submit(rig)
        assert await rig.store.finish(taken, CLOSED)
        assert await rig.queued("work") == [Event(job_id=second.id, attempt=1)]
        assert [job.id for job in await rig.store.list_waiting("acme")] == [third.id]
        await claim(rig, second)


class TestCancel:
    async def test_queued_job_ends_at_once(self, rig: JobStoreRig) -> None:
        job, waiting = await submit(rig), await submit(rig)
        cancelled = await rig.store.request_cancel(job.id, make_cancellation())
        assert (cancelled.status, cancelled.cancel) == (Status.CANCELLED, make_cancellation())
        assert await rig.queued("work") == [Event(job_id=waiting.id, attempt=1)]

    async def test_waiting_job_leaves_the_line(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        waiting = await submit(rig)
        assert (await rig.store.request_cancel(waiting.id, make_cancellation())).status is Status.CANCELLED
        assert await rig.store.list_waiting("acme") == []
        await rig.store.finish(taken, CLOSED)
        assert await rig.queued("work") == []

    async def test_running_job_is_told(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        async with rig.store.watch_cancels() as hints:
            asked = await rig.store.request_cancel(taken.job.id, make_cancellation())
            assert await asyncio.wait_for(anext(hints), 5) == taken.job.id
        assert (asked.status, asked.cancel) == (Status.IN_PROGRESS, make_cancellation())
        assert await rig.store.renew(taken, Progress()) is Order.CANCEL
        assert await rig.store.refuse_cancel(taken) is Order.CANCEL

    async def test_first_asker_is_remembered(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        await rig.store.request_cancel(taken.job.id, make_cancellation("ann"))
        again = await rig.store.request_cancel(taken.job.id, make_cancellation("bob"))
        assert again.cancel is not None
        assert again.cancel.by == "ann"
        await rig.store.finish(taken, Outcome(status=Status.CANCELLED))
        assert (await rig.store.request_cancel(taken.job.id, make_cancellation("bob"))).cancel == again.cancel

    async def test_between_attempts_moves_to_the_undo_queue(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        await rig.store.hand_off(taken)
        asked = await rig.store.request_cancel(taken.job.id, make_cancellation())
        assert asked.status is Status.IN_PROGRESS
        assert await rig.queued("work") == []
        (event,) = await rig.queued("undo")
        again = await claim(rig, taken.job, attempt=event.attempt)
        assert again.job.cancel == make_cancellation()

    async def test_ended_and_unknown_jobs_refuse(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        await rig.store.finish(taken, CLOSED)
        with pytest.raises(JobEndedError):
            await rig.store.request_cancel(taken.job.id, make_cancellation())
        with pytest.raises(UnknownJobError):
            await rig.store.request_cancel("unknown", make_cancellation())

    async def test_past_the_point_of_no_return_only_forward(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig, make_job(deadline_seconds=1))
        assert await rig.store.refuse_cancel(taken) is Order.GO_ON
        assert await rig.store.refuse_cancel(taken) is Order.GO_ON
        assert not (await rig.store.get(taken.job.id)).cancellable
        with pytest.raises(JobEndedError):
            await rig.store.request_cancel(taken.job.id, make_cancellation())
        await rig.wait(1.0)
        assert await rig.store.renew(taken, Progress()) is Order.GO_ON
        assert await rig.store.hand_off(taken)
        assert await rig.queued("undo") == []
        assert not (await claim(rig, taken.job, attempt=2)).job.cancellable


class TestHandOff:
    async def test_queues_the_next_attempt_without_a_crash(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        assert await rig.store.hand_off(taken)
        assert await rig.store.hand_off(taken)
        job = await rig.store.get(taken.job.id)
        assert (job.status, job.attempt, job.crashes, job.lease_until) == (Status.IN_PROGRESS, 2, 0, None)
        assert await rig.queued("work") == [Event(job_id=job.id, attempt=2)]
        again = await claim(rig, job, attempt=2, nonce="worker-1")
        assert again.fence > taken.fence
        assert again.job.started == taken.job.started
        assert not await rig.store.hand_off(taken)

    async def test_counts_workers_in_a_row_that_do_not_know_the_job(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        for unknown in (1, 2):
            assert await rig.store.hand_off(taken, is_unknown=True)
            assert await rig.store.hand_off(taken, is_unknown=True)
            assert (await rig.store.get(taken.job.id)).unknown_to == unknown
            taken = await claim(rig, taken.job, attempt=taken.attempt + 1)
            assert taken.job.unknown_to == unknown
        assert await rig.store.hand_off(taken)
        job = await rig.store.get(taken.job.id)
        assert (job.unknown_to, job.crashes, job.attempt) == (0, 0, 4)


class TestReap:
    async def test_leaves_the_living_alone(self, rig: JobStoreRig) -> None:
        await submit_and_claim(rig, make_job("acme"))
        await submit(rig, make_job("globex"))
        await submit(rig, make_job("globex"))
        assert await rig.store.reap() == 0

    async def test_lease_over_is_a_crash(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        await rig.wait(LEASE_SECONDS)
        assert await rig.store.reap() == 1
        assert await rig.store.reap() == 0
        job = await rig.store.get(taken.job.id)
        assert (job.attempt, job.crashes, job.status) == (2, 1, Status.IN_PROGRESS)
        assert await rig.queued("work") == [Event(job_id=job.id, attempt=2)]

    async def test_many_crashes_lead_to_the_undo_queue(self, rig: JobStoreRig) -> None:
        job = await submit(rig)
        for attempt in range(1, MAX_CRASHES + 1):
            await claim(rig, job, attempt=attempt)
            await rig.wait(LEASE_SECONDS)
            assert await rig.store.reap() == 1
        assert await rig.queued("work") == []
        assert await rig.queued("undo") == [Event(job_id=job.id, attempt=MAX_CRASHES + 1)]
        assert (await rig.store.get(job.id)).crashes == MAX_CRASHES

    async def test_cancel_of_a_dead_worker_is_undone(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig)
        await rig.store.request_cancel(taken.job.id, make_cancellation())
        await rig.wait(LEASE_SECONDS)
        await rig.store.reap()
        assert await rig.queued("undo") == [Event(job_id=taken.job.id, attempt=2)]

    async def test_lost_event_is_queued_again(self, rig: JobStoreRig) -> None:
        job = await submit(rig)
        await rig.lose_event(Event(job_id=job.id, attempt=1))
        assert await rig.store.reap() == 1
        assert await rig.queued("work") == [Event(job_id=job.id, attempt=2)]
        assert (await rig.store.get(job.id)).crashes == 0

    async def test_event_picked_up_and_never_claimed_is_queued_again(self, rig: JobStoreRig) -> None:
        job = await submit(rig)
        await rig.pick_up(Event(job_id=job.id, attempt=1), seconds_ago=0)
        assert await rig.store.reap() == 0
        await rig.pick_up(Event(job_id=job.id, attempt=1), seconds_ago=11)
        assert await rig.store.reap() == 1
        assert await rig.queued("work") == [Event(job_id=job.id, attempt=2)]

    async def test_deadline_of_a_queued_attempt_moves_it(self, rig: JobStoreRig) -> None:
        taken = await submit_and_claim(rig, make_job(deadline_seconds=1))
        await rig.store.hand_off(taken)
        await rig.wait(1.0)
        assert await rig.store.reap() == 1
        assert await rig.store.reap() == 0
        assert await rig.queued("work") == []
        assert await rig.queued("undo") == [Event(job_id=taken.job.id, attempt=3)]

    async def test_deadline_does_not_wait_for_the_lease_of_a_silent_worker(self, long_lease_rig: JobStoreRig) -> None:
        rig = long_lease_rig
        silent = await submit_and_claim(rig, make_job("acme", deadline_seconds=1))
        forward = await submit_and_claim(rig, make_job("globex", deadline_seconds=1))
        awake = await submit_and_claim(rig, make_job("umbrella", deadline_seconds=1))
        await rig.store.refuse_cancel(forward)
        await rig.wait(1.0)
        assert await rig.store.renew(awake, Progress()) is Order.DEADLINE
        await rig.wait(1.0)
        assert await rig.store.reap() == 1
        assert await rig.queued("undo") == [Event(job_id=silent.job.id, attempt=2)]
        assert (await rig.store.get(silent.job.id)).crashes == 0
        assert await rig.store.renew(silent, Progress()) is Order.LOST
        undoing = await claim(rig, silent.job, attempt=2)
        await rig.wait(0.1)
        assert await rig.store.reap() == 0
        assert await rig.store.finish(undoing, Outcome(status=Status.CLOSED_BY_TIMEOUT))


class TestReading:
    async def test_lists_newest_first_in_pages(self, rig: JobStoreRig) -> None:
        jobs = []
        for _ in range(5):
            jobs.append(await submit(rig))
            await rig.wait(0.002)
        await submit(rig, make_job("globex"))
        found, cursor = [], None
        for _ in range(4):
            page = await rig.store.list_jobs("acme", where=JobFilter(), cursor=cursor, limit=2)
            assert len(page.jobs) <= 2
            found += [job.id for job in page.jobs]
            if (cursor := page.next_cursor) is None:
                break
        assert cursor is None
        assert found == [job.id for job in reversed(jobs)]

    async def test_filters_across_pages(self, rig: JobStoreRig) -> None:
        wanted = await submit(rig, make_job(created_by="bob"))
        for _ in range(4):
            await submit(rig)
        page = await rig.store.list_jobs("acme", where=JobFilter(created_by="bob"), limit=2)
        assert [job.id for job in page.jobs] == [wanted.id]
        await rig.store.request_cancel(wanted.id, make_cancellation())
        cancelled = JobFilter(statuses=frozenset({Status.CANCELLED}), kinds=frozenset({JobKind.EXPORT}))
        assert [job.id for job in (await rig.store.list_jobs("acme", where=cancelled)).jobs] == [wanted.id]
        imports = JobFilter(kinds=frozenset({JobKind.IMPORT}))
        assert (await rig.store.list_jobs("acme", where=imports)).jobs == []

    async def test_a_users_jobs_are_listed_in_pages(self, rig: JobStoreRig) -> None:
        exports, copy = [], make_copy("Lib")
        for _ in range(4):
            await submit(rig)
            exports.append(await submit(rig, make_job(created_by="bob")))
            await submit(rig, make_job(created_by="bob", kind=JobKind.COPY, request=copy))
            await submit(rig, make_job("globex", created_by="bob"))
            await rig.wait(0.002)
        bobs, found, cursor = JobFilter(created_by="bob", kinds=frozenset({JobKind.EXPORT})), [], None
        while True:
            page = await rig.store.list_jobs("acme", where=bobs, cursor=cursor, limit=2)
            found += [job.id for job in page.jobs]
            if (cursor := page.next_cursor) is None:
                break
        assert found == [job.id for job in reversed(exports)]
        for nobody in ("", "acme/bob", "nobody"):
            assert (await rig.store.list_jobs("acme", where=JobFilter(created_by=nobody))).jobs == []

    async def test_filters_by_database_and_application(self, rig: JobStoreRig) -> None:
        copy = make_copy("Lib")
        export, copied = await submit(rig), await submit(rig, make_job(kind=JobKind.COPY, request=copy))
        expected = {
            JobFilter(database="source"): [copied.id, export.id],
            JobFilter(application="Lib"): [copied.id],
            JobFilter(application="nothing"): [],
            JobFilter(find="lIB"): [copied.id],
            JobFilter(find='äule "a"'): [export.id],
            JobFilter(find="nothing"): [],
            JobFilter(database="source", application='Säule "A"`:1'): [export.id],
        }
        for where, ids in expected.items():
            assert [job.id for job in (await rig.store.list_jobs("acme", where=where)).jobs] == ids

    async def test_filters_by_time(self, rig: JobStoreRig) -> None:
        jobs = []
        for _ in range(4):
            jobs.append(await submit(rig))
            await rig.wait(0.005)
        between = JobFilter(created_after=jobs[1].created, created_before=jobs[3].created)
        found = []
        for cursor in (None, await cursor_at(rig, jobs[2])):
            page = await rig.store.list_jobs("acme", where=between, cursor=cursor, limit=5)
            found.append([job.id for job in page.jobs])
        assert found == [[jobs[2].id, jobs[1].id], [jobs[1].id]]
        a_little_later = jobs[1].created + timedelta(microseconds=1)
        for where, ids in {
            JobFilter(created_after=a_little_later, created_before=a_little_later): [],
            JobFilter(created_before=a_little_later): [jobs[1].id, jobs[0].id],
            JobFilter(created_after=a_little_later): [jobs[3].id, jobs[2].id],
            JobFilter(created_before=datetime.min.replace(tzinfo=UTC)): [],
            JobFilter(created_after=datetime.max.replace(tzinfo=UTC)): [],
        }.items():
            assert [job.id for job in (await rig.store.list_jobs("acme", where=where)).jobs] == ids

    async def test_a_cursor_stays_where_it_is(self, rig: JobStoreRig) -> None:
        jobs = [await submit(rig) for _ in range(3)]
        first = await rig.store.list_jobs("acme", where=JobFilter(), limit=2)
        await rig.wait(0.005)
        await submit(rig)
        rest = await rig.store.list_jobs("acme", where=JobFilter(), cursor=first.next_cursor, limit=2)
        assert [job.id for job in (*first.jobs, *rest.jobs)] == [job.id for job in reversed(jobs)]

    async def test_lists_the_unfinished_and_those_that_ended_lately(self, rig: JobStoreRig) -> None:
        jobs = [await submit(rig) for _ in range(4)]
        await submit(rig, make_job("globex"))
        ended = []
        for job in (jobs[2], jobs[0]):
            ended.append((await rig.store.request_cancel(job.id, make_cancellation())).ended)
            await rig.wait(0.01)
        assert ended[0] is not None
        since = ended[0] - timedelta(hours=1)
        listing = await rig.store.read_listing("acme", EndedFilter(since=since))
        assert [job.id for job in listing.unfinished] == [jobs[1].id, jobs[3].id]
        assert [job.id for job in listing.ended] == [jobs[0].id, jobs[2].id]
        assert ended[1] is not None
        assert [job.id for job in (await rig.store.read_listing("acme", EndedFilter(since=ended[1]))).ended] == [
            jobs[0].id
        ]
        later = await rig.store.read_listing("acme", EndedFilter(since=ended[1] + timedelta(milliseconds=1)))
        assert (len(later.unfinished), later.ended) == (2, [])
        assert (await rig.store.read_listing("nobody", EndedFilter(since=since))).unfinished == []

    async def test_of_the_ended_the_latest_can_be_read_alone(self, rig: JobStoreRig) -> None:
        ended: list[Job] = []
        for user in ("ann", "bob", "ann", "ann"):
            kind, request = (JobKind.COPY, make_copy("Lib")) if len(ended) == 3 else (JobKind.EXPORT, None)
            job = await submit(rig, make_job(created_by=user, kind=kind, request=request or make_job().request))
            ended.append(await rig.store.request_cancel(job.id, make_cancellation()))
            await rig.wait(0.002)
        since = ended[0].created
        for wanted, places in [
            (EndedFilter(since=since, most=2), [3, 2]),
            (EndedFilter(since=since, most=4), [3, 2, 1, 0]),
            (EndedFilter(since=since, most=4, created_by="bob"), [1]),
            (EndedFilter(since=since, most=1, created_by="ann", kind=JobKind.EXPORT), [2]),
        ]:
            listing = await rig.store.read_listing("acme", wanted)
            assert [job.id for job in listing.ended] == [ended[place].id for place in places]

    async def test_whoever_follows_changes_finds_a_corrected_ending(self, rig: JobStoreRig) -> None:
        job = await submit(rig)
        await finish(rig, job, Status.FAILED)
        await rig.wait(0.005)
        since = await rig.store.read_clock()
        assert (await rig.store.read_listing("acme", EndedFilter(since=since))).ended == []
        assert await rig.store.correct(job.id, CLOSED)
        (found,) = (await rig.store.read_listing("acme", EndedFilter(since=since))).ended
        assert (found.id, found.status) == (job.id, Status.CLOSED)

    async def test_archives_are_theirs_whose_exports_wrote_them(self, rig: JobStoreRig) -> None:
        name = 'Säule "A"\\1.zip'
        for user, size in (("ann", 2**53 - 1), ("bob", 7)):
            archive = ArchiveFacts(name=name, bytes=size, sha256="0" * 64)
            taken = await submit_and_claim(rig, make_job(created_by=user))
            assert await rig.store.finish(taken, Outcome(status=Status.CLOSED, archive=archive))
        asked = [(name, 2**53 - 1), (name, 7), (name, 8), ("other.zip", 7)]
        assert await rig.store.find_written("acme", "ann", asked) == {(name, 2**53 - 1)}
        assert await rig.store.find_written("acme", "bob", asked) == {(name, 7)}
        for tenant, user in (("acme", "nobody"), ("globex", "ann"), ("nobody", "ann")):
            assert await rig.store.find_written(tenant, user, asked) == frozenset()
        assert await rig.store.find_written("acme", "ann", []) == frozenset()

    @pytest.mark.parametrize(("kind", "status"), [(JobKind.COPY, Status.CLOSED), (JobKind.EXPORT, Status.FAILED)])
    async def test_only_closed_exports_write_archives(self, rig: JobStoreRig, kind: JobKind, status: Status) -> None:
        archive = ArchiveFacts(name="a.zip", bytes=7, sha256="0" * 64)
        request = make_copy("Lib") if kind is JobKind.COPY else make_job().request
        taken = await submit_and_claim(rig, make_job(kind=kind, request=request))
        assert await rig.store.finish(taken, Outcome(status=status, archive=archive))
        assert await rig.store.find_written("acme", "ann", [("a.zip", 7)]) == frozenset()
        if kind is JobKind.EXPORT:
            assert await rig.store.correct(taken.job.id, Outcome(status=Status.CLOSED, archive=archive))
            assert await rig.store.find_written("acme", "ann", [("a.zip", 7)]) == {("a.zip", 7)}

    async def test_unknown(self, rig: JobStoreRig) -> None:
        with pytest.raises(UnknownJobError, match="nothing"):
            await rig.store.get("nothing")
        with pytest.raises(InvalidRequestError, match="not ours"):
            await rig.store.list_jobs("acme", where=JobFilter(), cursor="not ours")
        assert (await rig.store.list_jobs("nobody", where=JobFilter())).jobs == []
        assert await rig.store.list_waiting("nobody") == []


async def test_a_job_waits_for_others_without_holding_the_slot(rig: JobStoreRig) -> None:
    first = await submit(rig)
    dependent = await submit(rig, make_job(depends_on=(first.id,)))
    after = await submit(rig)
    assert [job.id for job in await rig.store.list_waiting("acme")] == [after.id, dependent.id]
    assert (dependent.status, dependent.attempt, dependent.depends_on) == (Status.CREATED, 0, (first.id,))

    await finish(rig, first)
    assert [job.id for job in await rig.store.list_waiting("acme")] == [dependent.id]
    assert (await rig.store.get(after.id)).attempt == 1, "who was in line before is first"
    await finish(rig, after)
    await finish(rig, await rig.store.get(dependent.id))
    assert (await rig.store.get(dependent.id)).status is Status.CLOSED


async def test_a_job_waits_for_the_last_of_several(rig: JobStoreRig) -> None:
    first, second = await submit(rig), await submit(rig)
    dependent = await submit(rig, make_job(depends_on=(first.id, second.id)))
    await finish(rig, first)
    assert (await rig.store.get(dependent.id)).attempt == 0
    await finish(rig, second)
    assert (await rig.store.get(dependent.id)).attempt == 1


async def test_what_has_closed_is_not_waited_for(rig: JobStoreRig) -> None:
    first = await submit(rig)
    await finish(rig, first)
    assert (await submit(rig, make_job(depends_on=(first.id,)))).attempt == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.CLOSED_BY_TIMEOUT])
async def test_who_waits_for_what_ends_badly_fails(rig: JobStoreRig, status: Status) -> None:
    first = await submit(rig)
    dependent = await submit(rig, make_job(depends_on=(first.id,)))
    last = await submit(rig, make_job(depends_on=(dependent.id,)))
    other = await submit(rig)

    await finish(rig, first, status)

    for job, reason in ((dependent, first), (last, dependent)):
        ended = await rig.store.get(job.id)
        assert ended.failure is not None
        assert (ended.status, ended.failure.code) == (Status.FAILED, "DEPENDENCY_FAILED")
        assert ended.failure.details == (reason.id,)
        assert ended.ended is not None
    assert (await rig.store.get(other.id)).attempt == 1
    assert await rig.store.list_waiting("acme") == []
    with pytest.raises(DependencyFailedError):
        await submit(rig, make_job(depends_on=(first.id,)))


async def test_a_held_job_is_cancelled_at_once_with_all_that_wait_for_it(rig: JobStoreRig) -> None:
    first = await submit(rig)
    dependent = await submit(rig, make_job(depends_on=(first.id,)))
    last = await submit(rig, make_job(depends_on=(dependent.id,)))
    assert (await rig.store.request_cancel(dependent.id, make_cancellation())).status is Status.CANCELLED
    assert (await rig.store.get(last.id)).status is Status.FAILED
    await finish(rig, first)
    assert (await rig.store.get(dependent.id)).status is Status.CANCELLED


@pytest.mark.parametrize("tenant", ["globex", None])
async def test_only_jobs_of_the_tenant_can_be_waited_for(rig: JobStoreRig, tenant: str | None) -> None:
    other = "nothing" if tenant is None else (await submit(rig, make_job(tenant))).id
    with pytest.raises(UnknownJobError):
        await submit(rig, make_job(depends_on=(other,)))
    assert await rig.store.find_running("acme") is None


async def test_held_jobs_count_among_the_waiting(rig: JobStoreRig) -> None:
    first = await submit(rig)
    for _ in range(2):
        new = make_job(depends_on=(first.id,))
        await rig.store.submit(new, when_busy=WhenBusy.QUEUE, waiting_limit=2)
    for depends_on in ((first.id,), ()):
        new = make_job(depends_on=depends_on)
        with pytest.raises(QueueFullError):
            await rig.store.submit(new, when_busy=WhenBusy.QUEUE, waiting_limit=2)
    assert len((await rig.store.read_listing("acme", EndedFilter(since=first.created))).unfinished) == 3


async def test_workers_are_listed_while_they_announce_themselves(rig: JobStoreRig, monkeypatch: Any) -> None:
    for module in ("shared.adapters.valkey.jobs.store", "tests.support.memory.jobs"):
        monkeypatch.setattr(f"{module}.WORKER_PATIENCE_SECONDS", 1.5)
    assert await rig.store.list_workers() == []
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for name in ("b:2", "a:1", "b:2"):
        await rig.store.announce(name, started=started, now=started)
    first, second = await rig.store.list_workers()
    assert (first.name, second.name) == ("a:1", "b:2")
    assert (first.started, first.job_id, first.tenant) == (started, None, None)
    await rig.wait(1.0)
    await rig.store.announce("a:1", started=started, now=started)
    assert (await rig.store.list_workers())[0].seen > first.seen
    await rig.wait(1.0)
    assert [each.name for each in await rig.store.list_workers()] == ["a:1"]


async def test_a_worker_is_listed_as_it_last_announced_itself(rig: JobStoreRig) -> None:
    now = await rig.store.read_clock()
    for is_draining in (False, True, False):
        await rig.store.announce("a:1", started=now, now=now, is_draining=is_draining)
        assert [each.is_draining for each in await rig.store.list_workers()] == [is_draining]


async def test_its_clock_is_the_one_that_records_are_by(rig: JobStoreRig) -> None:
    before = await rig.store.read_clock()
    job = await submit(rig)
    assert before - timedelta(milliseconds=1) <= job.created <= await rig.store.read_clock()  # in whole milliseconds


@pytest.mark.parametrize("ahead", [timedelta(hours=30), timedelta(hours=-30)], ids=["ahead", "behind"])
async def test_minutes_are_found_whatever_the_clock_of_the_process(
    rig: JobStoreRig, ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_process_clock(monkeypatch, ahead)
    await submit(rig)
    assert await minutes_of(rig) == (0, 0, (0, 1))


@pytest.mark.parametrize(("ahead", "is_odd"), [(0, False), (4, False), (7, True), (-3600, True)])
async def test_a_worker_hears_how_its_clock_differs(rig: JobStoreRig, ahead: float, is_odd: bool) -> None:
    now = await rig.store.read_clock()
    told = await rig.store.announce("a:1", started=now, now=now + timedelta(seconds=ahead))
    (worker,) = await rig.store.list_workers()
    assert worker.clock_ahead == told.ahead_seconds
    assert (abs(told.ahead_seconds - ahead) < 0.9, worker.has_odd_clock) == (True, is_odd)
    assert told.workers == 1
    assert (await rig.store.announce("b:1", started=now, now=now)).workers == 2


async def test_a_worker_is_listed_with_what_it_works_on(rig: JobStoreRig) -> None:
    for name in ("a:1", "b:2"):
        await rig.store.announce(name, started=datetime.now(UTC), now=datetime.now(UTC))
    job = await submit(rig)
    held = await claim(rig, job, nonce=make_nonce("b:2"))
    assert [(each.job_id, each.tenant) for each in await rig.store.list_workers()] == [(None, None), (job.id, "acme")]
    await rig.store.finish(held, CLOSED)
    assert [each.job_id for each in await rig.store.list_workers()] == [None, None]


async def minutes_of(rig: JobStoreRig, tenant: str = "acme") -> tuple[int, int, tuple[int, int]]:
    """Add up elements and ended jobs; give who waited and ran last."""
    found = await rig.store.read_minutes(tenant, since=datetime(2025, 1, 1, tzinfo=UTC))
    assert [each.time for each in found] == sorted(each.time for each in found)
    assert all((each.time.second, each.time.microsecond) == (0, 0) for each in found)
    last = found[-1]
    return sum(each.elements for each in found), sum(each.jobs_ended for each in found), (last.waiting, last.running)


async def test_what_becomes_of_jobs_is_told_by_the_minute(long_lease_rig: JobStoreRig) -> None:
    rig = long_lease_rig
    assert await rig.store.read_minutes("acme", since=datetime(2025, 1, 1, tzinfo=UTC)) == []
    held = await submit_and_claim(rig)
    await submit(rig)
    await submit(rig, make_job(depends_on=(held.job.id,)))
    assert await minutes_of(rig) == (0, 0, (2, 1))

    for done in (10, 30, 5, 5, 8):  # begun anew after the second
        await rig.store.renew(held, Progress(phase=Phase.NODES, nodes_done=done, relationships_done=done))
    assert await minutes_of(rig) == (66, 0, (2, 1))
    progress = Progress(phase=Phase.VERIFYING, nodes_done=10, relationships_done=9)
    await rig.store.finish(held, Outcome(status=Status.CLOSED, progress=progress))
    assert await minutes_of(rig) == (69, 1, (1, 1))

    for job in await rig.store.list_waiting("acme"):
        await rig.store.request_cancel(job.id, make_cancellation())
    assert await minutes_of(rig) == (69, 2, (0, 1))
    assert await rig.store.read_minutes("globex", since=datetime(2025, 1, 1, tzinfo=UTC)) == []
    assert await rig.store.read_minutes("acme", since=datetime(9000, 1, 1, tzinfo=UTC)) == []


async def test_all_that_becomes_of_jobs_is_counted(rig: JobStoreRig) -> None:
    async def unfinished() -> dict[str, int]:
        totals = await rig.store.read_totals()
        return {labels[1]: number for labels, number in totals.items() if labels[0] == "unfinished" and number}

    first, second, other = await submit(rig), await submit(rig), await submit(rig, make_job(tenant="globex"))
    assert await unfinished() == {"created": 3}
    assert await rig.store.read_tenant_jobs() == {("acme", "created"): 2, ("globex", "created"): 1}
    await rig.wait(0.01)
    held = await claim(rig, first)
    await rig.wait(0.01)
    assert await unfinished() == {"created": 2, "in_progress": 1}
    await rig.store.renew(held, Progress(phase=Phase.NODES, nodes_done=70))
    await rig.store.hand_off(held)
    again = await claim(rig, first, attempt=2)
    archive = ArchiveFacts(name="a.zip", bytes=5, sha256="0" * 64)
    await rig.store.finish(again, Outcome(status=Status.CLOSED, archive=archive))
    await rig.store.request_cancel(second.id, make_cancellation())
    failure = Failure(code="NOT_THERE", message="no")
    await rig.store.finish(await claim(rig, other), Outcome(status=Status.FAILED, failure=failure))
    totals = await rig.store.read_totals()
    kind, surface = first.kind, first.surface
    told = {labels: number for labels, number in totals.items() if number and not labels[0].endswith("_ms")}
    assert told == {
        ("accepted", surface, kind): 3,
        ("wait", kind, "1"): 2,
        ("run", kind, "1"): 2,
        ("elements", kind): 70,
        ("again", "handed_off"): 1,
        ("taken_over", kind): 1,
        ("archive_bytes",): 5,
        ("ended", surface, kind, "closed", ""): 1,
        ("ended", surface, kind, "cancelled", ""): 1,
        ("ended", surface, kind, "failed", "NOT_THERE"): 1,
    }
    assert {("wait_ms", kind), ("run_ms", kind)} <= totals.keys()
    assert await rig.store.read_tenant_jobs() == {}
