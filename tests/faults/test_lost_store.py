"""What was accepted survives the store's death; what the store forgot leaves nothing behind."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from redis import Redis

from tests.faults.conftest import TWO_WORKERS, Scale
from tests.support.comparer import Content, read_content
from tests.support.fault_stacks import FaultStack, is_moving

pytestmark = [TWO_WORKERS, pytest.mark.usefixtures("census")]

TENANTS = [f"tenant-{number:03}" for number in range(10)]


def submit_to_all(stack: FaultStack, seconds: float) -> list[tuple[str, str]]:
    """Submit for all tenants until the time is over; give the tenant and id of each job that was accepted."""
    accepted: list[tuple[str, str]] = []
    client = stack.client
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for tenant in TENANTS:
            body = {"database": "current", "export_app": "Small"}
            answer = client.request("POST", "/imaging/etl/api/app/export", body, tenant=tenant)
            assert answer.status in {200, 503}, answer
            if answer.status == 200:
                accepted.append((tenant, answer.body["success"]["uuid"]))
    return accepted


def test_a_killed_store_loses_no_accepted_job(
    stack: FaultStack, archive: str, large: Content, scale: Scale, rng: random.Random
) -> None:
    for _ in range(scale.count(1, 50)):
        stack.remove("Copy")
        job_id = stack.begin("import", archive)
        stack.wait(job_id, is_moving)
        accepted = submit_to_all(stack, rng.uniform(0.2, 1.0))
        os.kill(stack.pids["valkey"], signal.SIGKILL)
        accepted += submit_to_all(stack, 2.0)
        assert len(accepted) > len(TENANTS)
        jobs = [stack.wait_for_end(each, tenant=tenant) for tenant, each in accepted]
        assert {job["status"] for job in jobs} == {"closed"}
        assert stack.wait_for_end(job_id)["status"] == "closed"
        assert read_content(stack.place("Copy")) == large


def test_an_import_that_the_store_forgot_is_undone_for_the_next(
    stack: FaultStack, archive: str, large: Content
) -> None:
    job_id = stack.begin("import", archive)
    stack.wait(job_id, is_moving)
    with Redis.from_url(stack.settings.valkey_url) as client:
        client.flushall()
    answer = stack.client.request("GET", f"/api/v1/jobs/{job_id}")
    assert (answer.status, answer.body["code"]) == (404, "JOB_UNKNOWN"), "the same key must still be let in"
    job = stack.wait_for_end(stack.begin("import", archive))
    assert (job["status"], job["failure"]) == ("closed", None)
    assert read_content(stack.place("Copy")) == large
