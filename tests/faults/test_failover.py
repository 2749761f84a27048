"""What was answered survives failovers of the store, where submissions wait for a replica."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.faults.conftest import SHORT_LEASES, Scale
from tests.faults.report import Figures
from tests.support.faults.opening import FaultPlan, open_fault_stack
from tests.support.faults.sentinels import DOWN_AFTER_SECONDS, Sentinels, open_sentinels
from tests.support.faults.stacks import FaultStack
from tests.support.stacks.engines import SessionEngines

TENANTS = [f"tenant-{number:03}" for number in range(10)]
APPLICATION = "Steady"

BACK_SECONDS = DOWN_AFTER_SECONDS + 5.0
"""Within this of a failover the store takes writes again."""


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    with open_sentinels(tmp_path_factory.mktemp("sentinels")) as opened:
        yield opened


@pytest.fixture(scope="module")
def followed(
    checked_engines: SessionEngines, sentinels: Sentinels, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultStack]:
    """A stack whose store is behind sentinels."""
    settings = {**SHORT_LEASES, "VALKEY_URL": sentinels.url, "VALKEY_REPLICAS": "1", "INSTALLATION": "followed"}
    folder = tmp_path_factory.mktemp("followed")
    plan = FaultPlan(folder=folder, tenants=["acme", *TENANTS], workers=2, settings=settings)
    with open_fault_stack(plan, checked_engines) as opened:
        opened.query("CREATE (:Application {Name: $name}), (:Steady {name: 'one'})", name=APPLICATION)
        yield opened
        opened.query("MATCH (n:Steady) DELETE n")
        opened.query("MATCH (n:Application {Name: $name}) DELETE n", name=APPLICATION)


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


@pytest.mark.parametrize("way", [Sentinels.fail_over, Sentinels.kill_master], ids=["asked for", "killed"])
def test_no_failover_loses_an_answered_job(
    followed: FaultStack,
    sentinels: Sentinels,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    way: Callable[[Sentinels], int],
) -> None:
    for _ in range(scale.count(2, 50)):
        sentinels.wait_until_settled()
        with submitting(followed) as submitter:
            time.sleep(rng.uniform(0.2, 1.0))
            began = time.monotonic()
            way(sentinels)
            seconds = submitter.wait_until_accepted(began + 0.2)
            time.sleep(0.5)
        assert not submitter.odd
        figures.add("seconds without an acceptance", seconds)
        assert seconds < scale.bound(BACK_SECONDS)
        jobs = [followed.wait_for_end(each, tenant=tenant) for _, tenant, each in submitter.accepted]
        assert [job for job in jobs if job["status"] != "closed"] == []
        for _, tenant, each in submitter.accepted:
            assert count_endings(followed, each, tenant) <= 1, followed.log(each, tenant=tenant)
        figures.add("jobs answered around a failover, all closed", len(jobs))


def count_endings(stack: FaultStack, job_id: str, tenant: str) -> int:
    """Count how often a worker ended the job for good."""
    return sum(line["event"] == "job ended" for line in stack.log(job_id, tenant=tenant))
