"""Submits exports all the time, and judges what became of those that were answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.faults.stacks import FaultStack

TENANTS = [f"tenant-{number:03}" for number in range(10)]
APPLICATION = "Steady"


@dataclass(slots=True, kw_only=True)
class Submitter:
    """Submits exports for all tenants in turn, in a thread."""

    stack: FaultStack
    accepted: list[tuple[float, str, str]] = field(default_factory=list)
    """When each was answered, its tenant, its id."""
    odd: list[object] = field(default_factory=list)
    """Answers that are neither an acceptance nor a 503."""
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        body = {"database": "current", "export_app": APPLICATION}
        while not self.stop.is_set():
            for tenant in TENANTS:
                answer = self.stack.client.request("POST", "/imaging/etl/api/app/export", body, tenant=tenant)
                if answer.status == 200:
                    self.accepted.append((time.monotonic(), tenant, answer.body["success"]["uuid"]))
                elif answer.status != 503:
                    self.odd.append(answer)
            time.sleep(0.1)

    def wait_until_accepted(self, since: float) -> float:
        """Wait for an acceptance after this moment; return how long that took."""
        while not (later := [at for at, *_ in self.accepted if at > since]):
            assert time.monotonic() < since + 60, "nothing is accepted again"
            time.sleep(0.02)
        return later[0] - since


@contextmanager
def submitting(stack: FaultStack) -> Iterator[Submitter]:
    submitter = Submitter(stack=stack)
    thread = threading.Thread(target=submitter.run)
    thread.start()
    try:
        submitter.wait_until_accepted(time.monotonic())
        yield submitter
    finally:
        submitter.stop.set()
        thread.join()


@contextmanager
def holding_application(stack: FaultStack) -> Iterator[None]:
    """Have the application that is exported, for a while."""
    stack.query("CREATE (:Application {Name: $name}), (:Steady {name: 'one'})", name=APPLICATION)
    try:
        yield
    finally:
        stack.query("MATCH (n:Steady) DELETE n")
        stack.query("MATCH (n:Application {Name: $name}) DELETE n", name=APPLICATION)


def require_all_closed(stack: FaultStack, accepted: Sequence[tuple[float, str, str]]) -> None:
    """Require that each job is there, is done, and was ended at most once by a worker."""
    jobs = [stack.wait_for_end(each, tenant=tenant) for _, tenant, each in accepted]
    assert [job for job in jobs if job["status"] != "closed"] == []
    for _, tenant, each in accepted:
        assert count_endings(stack, each, tenant) <= 1, stack.log(each, tenant=tenant)


def count_endings(stack: FaultStack, job_id: str, tenant: str) -> int:
    """Count how often a worker ended the job for good."""
    return sum(line["event"] == "job ended" for line in stack.log(job_id, tenant=tenant))
