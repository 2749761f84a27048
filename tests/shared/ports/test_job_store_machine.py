"""Both job stores do the same, whatever happens in whatever order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from redis import Redis
from typing_extensions import override

from shared.errors import GraphferryError
from shared.jobs.events import Event
from shared.jobs.record import TERMINAL_STATUSES, Job, Outcome, Phase, Progress, Status
from shared.ports.jobs import Claim, JobStore, WhenBusy
from tests.support.job_stores import JobStoreRig, MemoryRig, make_cancellation, make_job, open_valkey_rig
from tests.support.least_rights import as_owner

LEASE_SECONDS = 600.0
TENANTS = ("acme", "globex")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Holder:
    """What a worker has in hand: its claim, as each store gave it."""

    memory: Claim
    valkey: Claim


def show(job: Job) -> tuple[object, ...]:
    """What both stores must agree on: all but times and fences."""
    return (
        job.id, job.status, job.attempt, job.crashes, job.cancel, job.cancellable, job.progress, job.summary,
        job.failure, job.depends_on,
        job.fence > 0, job.lease_until is not None, job.deadline is not None, job.ended is not None,
    )  # fmt: skip


class JobStoreMachine(RuleBasedStateMachine):
    url: str
    jobs = Bundle("jobs")
    holders = Bundle("holders")

    def __init__(self) -> None:
        super().__init__()
        with Redis.from_url(as_owner(self.url)) as client:
            client.flushall()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.memory: JobStoreRig = MemoryRig(lease_seconds=LEASE_SECONDS)
        self.valkey: JobStoreRig = self.runner.run(
            self.stack.enter_async_context(open_valkey_rig(self.url, LEASE_SECONDS))
        )
        self.ids: list[str] = []
        self.events: list[Event] = []
        self.fences: dict[str, int] = {}

    @override
    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()

    def ask(self, call: Callable[[JobStore], Awaitable[Answer]]) -> tuple[Answer | str, Answer | str]:
        """Ask both stores; an error counts as its code."""

        async def ask_one(store: JobStore) -> Answer | str:
            try:
                return await call(store)
            except GraphferryError as error:
                return error.code

        return self.runner.run(ask_one(self.memory.store)), self.runner.run(ask_one(self.valkey.store))

    def agree(self, call: Callable[[JobStore], Awaitable[Any]]) -> Any:
        memory, valkey = self.ask(call)
        shown = [show(each) if isinstance(each, Job) else each for each in (memory, valkey)]
        assert shown[0] == shown[1]
        return memory

    def each_holder(self, holder: Holder, call: Callable[[JobStore, Claim], Awaitable[Any]]) -> Any:
        return self.agree(lambda store: call(store, holder.memory if store is self.memory.store else holder.valkey))

    @rule(
        target=jobs,
        tenant=st.sampled_from(TENANTS),
        when_busy=st.sampled_from(WhenBusy),
        twice=st.booleans(),
        depends_on=st.lists(st.integers(1, 4), max_size=2, unique=True),
    )
    def submit(self, tenant: str, when_busy: WhenBusy, twice: bool, depends_on: list[int]) -> Any:
        key = f"key {len(self.ids) // 2}" if twice else None
        known = [*self.ids, "of another time"]
        new = make_job(tenant, idempotency_key=key, depends_on=tuple(known[-each % len(known)] for each in depends_on))
        for _ in range(1 + twice):
            accepted = self.agree(lambda store: store.submit(new, when_busy=when_busy, waiting_limit=3))
        if not isinstance(accepted, Job):
            return multiple()
        if accepted.id in self.ids:
            return multiple()
        self.ids.append(accepted.id)
        return accepted.id

    @rule(target=holders, number=st.integers(0, 50), nonce=st.sampled_from(["a", "b", "c"]), twice=st.booleans())
    def claim(self, number: int, nonce: str, twice: bool) -> Any:
        if not self.events:
            return multiple()
        event = self.events[-1 - number % len(self.events)]
        for _ in range(1 + twice):
            memory, valkey = self.ask(lambda store: store.claim(event, nonce))
        assert (memory is None) == (valkey is None)
        if not isinstance(memory, Claim) or not isinstance(valkey, Claim):
            return multiple()
        assert show(memory.job) == show(valkey.job)
        known = self.fences.get(f"{event} {nonce}")
        assert known is None or known == valkey.fence
        self.fences[f"{event} {nonce}"] = valkey.fence
        return Holder(memory, valkey)

    @rule(holder=holders, done=st.integers(0, 9), phase=st.sampled_from([Phase.NODES, Phase.UNDOING]))
    def renew(self, holder: Holder, done: int, phase: Phase) -> None:
        progress = Progress(phase=phase, nodes_done=done)
        self.each_holder(holder, lambda store, claim: store.renew(claim, progress))

    @rule(holder=holders, status=st.sampled_from(sorted(TERMINAL_STATUSES)), twice=st.booleans())
    def finish(self, holder: Holder, status: Status, twice: bool) -> None:
        for _ in range(1 + twice):
            self.each_holder(holder, lambda store, claim: store.finish(claim, Outcome(status=status)))

    @rule(holder=holders, twice=st.booleans())
    def hand_off(self, holder: Holder, twice: bool) -> None:
        for _ in range(1 + twice):
            self.each_holder(holder, lambda store, claim: store.hand_off(claim))

    @rule(holder=consumes(holders))
    def refuse_cancel(self, holder: Holder) -> None:
        self.each_holder(holder, lambda store, claim: store.refuse_cancel(claim))

    @rule(job_id=jobs)
    def request_cancel(self, job_id: str) -> None:
        self.agree(lambda store: store.request_cancel(job_id, make_cancellation()))

    @rule(holder=holders, silent=st.booleans())
    def pass_deadline(self, holder: Holder, silent: bool) -> None:
        self.expire(holder, deadline=2.0, lease=3.0 - LEASE_SECONDS if silent else None)

    @rule(holder=holders)
    def kill_worker(self, holder: Holder) -> None:
        self.expire(holder, lease=0.0)

    def expire(self, holder: Holder, **ends: float | None) -> None:
        job = self.runner.run(self.memory.store.get(holder.memory.job.id))
        if job.lease_until is not None:
            for rig in (self.memory, self.valkey):
                self.runner.run(rig.expire(job.id, **ends))

    @rule(number=st.integers(0, 50))
    def lose_event(self, number: int) -> None:
        if self.events:
            for rig in (self.memory, self.valkey):
                self.runner.run(rig.lose_event(self.events[-1 - number % len(self.events)]))

    @rule()
    def reap(self) -> None:
        self.agree(lambda store: store.reap())

    @invariant()
    def queues_agree(self) -> None:
        for queue in ("work", "undo"):
            memory, valkey = [self.runner.run(rig.queued(queue)) for rig in (self.memory, self.valkey)]
            assert sorted(memory, key=repr) == sorted(valkey, key=repr)
            self.events += [event for event in memory if event not in self.events]

    @invariant()
    def records_agree(self) -> None:
        for job_id in self.ids:
            self.agree(methodcaller("get", job_id))
        for tenant in TENANTS:
            memory, valkey = self.ask(methodcaller("list_waiting", tenant))
            assert [show(job) for job in memory if isinstance(job, Job)] == [
                show(job) for job in valkey if isinstance(job, Job)
            ]

    @invariant()
    def one_job_of_a_tenant_is_active(self) -> None:
        jobs = [self.runner.run(self.valkey.store.get(job_id)) for job_id in self.ids]
        for tenant in TENANTS:
            active = [job for job in jobs if job.tenant == tenant and job.ended is None and job.attempt > 0]
            waiting = [job for job in jobs if job.tenant == tenant and job.ended is None and job.attempt == 0]
            closed = {job.id for job in jobs if job.status is Status.CLOSED}
            ready = [job for job in waiting if closed.issuperset(job.depends_on)]
            assert len(active) <= 1
            assert not ready or active, "somebody waits for a free slot"
            assert not waiting or active, "somebody waits for nobody"
            failed = {job.id for job in jobs if job.ended is not None} - closed
            assert all(failed.isdisjoint(job.depends_on) for job in (*waiting, *active))

    @invariant()
    def nobody_starts_before_what_it_depends_on_has_closed(self) -> None:
        jobs = {job_id: self.runner.run(self.valkey.store.get(job_id)) for job_id in self.ids}
        for job in jobs.values():
            assert job.attempt == 0 or all(jobs[each].status is Status.CLOSED for each in job.depends_on)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_stores_agree(valkey_url: str) -> None:
    JobStoreMachine.url = valkey_url
    run_state_machine_as_test(
        JobStoreMachine,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
