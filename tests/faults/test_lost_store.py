"""What was accepted survives the store's death; what the store forgot leaves nothing behind."""

from __future__ import annotations

import random
import time

import pytest
from redis import Redis

from tests.faults.conftest import TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.comparer import Content, read_content
from tests.support.faults.stacks import RESTART_SECONDS, Census, FaultStack, is_moving
from tests.support.holding import paused

pytestmark = [TWO_WORKERS, pytest.mark.usefixtures("census")]

TENANTS = [f"tenant-{number:03}" for number in range(10)]

REFUSED_SECONDS = 6.0
"""Within this a gateway says that the store does not answer."""


def submit_to_all(stack: FaultStack, seconds: float) -> list[tuple[str, str]]:
    """Submit for all tenants until the time is over and a job was accepted; give the tenant and id of each that was."""
    accepted: list[tuple[str, str]] = []
    client = stack.client
    began = time.monotonic()
    while time.monotonic() < began + seconds or not accepted:
        assert time.monotonic() < began + RESTART_SECONDS, "the store is not reached again"
        for tenant in TENANTS:
            body = {"database": "current", "export_app": "Small"}
            answer = client.request("POST", "/imaging/etl/api/app/export", body, tenant=tenant)
            assert answer.status in {200, 503}, answer
            if answer.status == 200:
                accepted.append((tenant, answer.body["success"]["uuid"]))
    return accepted


@pytest.mark.fault("R13")
def test_a_killed_store_loses_no_accepted_job(
    stack: FaultStack, archive: str, large: Content, scale: Scale, rng: random.Random, figures: Figures
) -> None:
    for _ in range(scale.count(1, 50)):
        stack.remove("Copy")
        job_id = stack.begin("import", archive)
        stack.wait(job_id, is_moving)
        accepted = submit_to_all(stack, rng.uniform(0.2, 1.0))
        stack.valkey.kill()
        time.sleep(rng.uniform(1, 30) if scale.is_full else 0.5)
        stack.valkey.start()
        accepted += submit_to_all(stack, 1.0)
        assert len(accepted) > len(TENANTS)
        jobs = [stack.wait_for_end(each, tenant=tenant) for tenant, each in accepted]
        assert {job["status"] for job in jobs} == {"closed"}
        assert stack.wait_for_end(job_id)["status"] == "closed"
        assert read_content(stack.place("Copy")) == large
        for _ in accepted:
            figures.add("jobs accepted around a kill, all closed")


@pytest.mark.fault("R16")
def test_while_the_store_hangs_callers_are_told_and_nothing_runs_twice(
    stack: FaultStack, archive: str, large: Content, scale: Scale, rng: random.Random, figures: Figures
) -> None:
    for _ in range(scale.count(1, 20)):
        stack.remove("Copy")
        job_id = stack.begin_by_chance("import", archive, rng)
        client = stack.client
        with paused(stack.valkey.pid):
            hung = time.monotonic()
            answer = client.request("GET", f"/api/v1/jobs/{job_id}")
            waited = time.monotonic() - hung
            assert answer.status == 503, answer
            figures.add("seconds until 503", waited)
            assert waited < scale.bound(REFUSED_SECONDS)
            time.sleep(max(0.0, (20.0 if scale.is_full else stack.lease_seconds + 1.0) - waited))
        job = stack.wait_for_end(job_id)
        assert (job["status"], job["failure"]) == ("closed", None)
        assert read_content(stack.place("Copy")) == large


@pytest.mark.fault("R15")
@pytest.mark.parametrize("kind", ["export", "import"])
def test_what_the_store_forgot_leaves_nothing_behind(
    stack: FaultStack,
    archive: str,
    census: Census,
    large: Content,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    kind: str,
) -> None:
    for _ in range(scale.count(1, 20)):
        stack.remove("Copy")
        job_id = stack.begin_by_chance(kind, archive, rng)
        with Redis.from_url(stack.valkey.url) as client:
            client.flushall()
        answer = stack.client.request("GET", f"/api/v1/jobs/{job_id}")
        assert (answer.status, answer.body["code"]) == (404, "JOB_UNKNOWN"), "the same key must still be let in"
        # What was forgotten past its publish point is brought to its end by the sweep, and is there already.
        request = {"import_app": archive, "import_as": "Copy", "on_conflict": "overwrite"}
        job = stack.wait_for_end(stack.submit("import", **request))
        assert (job["status"], job["failure"]) == ("closed", None)
        assert read_content(stack.place("Copy")) == large
        stack.remove("Copy")
        stack.wait_until_clean(census)
        figures.add("emptied")
