"""A job's time is limited, whatever becomes of its worker."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faults.conftest import SPARK_SECONDS, TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.faults.proxies import Flow
from tests.support.faults.stacks import DATABASE, Census, FaultStack, is_moving
from tests.support.holding import paused
from tests.support.spark_requests import post_export, post_import

pytestmark = [TWO_WORKERS, pytest.mark.fault("R29")]

LATE_SECONDS = 5.0
UNDONE_PER_SECOND = 50_000


def submit(stack: FaultStack, kind: str, archive: str) -> str:
    """Submit over the spark surface, to be queued behind another; give the job's id."""
    if kind == "export":
        answer = post_export(stack.client, {"inputs": {"services": [f"{DATABASE}/Large"]}, "queue": True})
    else:
        row = {"service_uri_source": f"{DATABASE}/Large", "service_uri_destination": f"{DATABASE}/Copy"}
        entity = {"inputs": {"services_modify": [row]}, "queue": True}
        answer = post_import(stack.client, entity, stack.client.shelf().read(archive))
    assert answer.status == 200, answer
    job_id: str = answer.body["id"]
    return job_id


def submit_at_once(stack: FaultStack, kind: str, archive: str) -> tuple[str, str]:
    """Submit two jobs before the first is claimed, with the database as fast as ever for the checks."""
    flow, stack.bolt.flow = stack.bolt.flow, Flow.OPEN
    with stack.asleep():
        job_ids = submit(stack, kind, archive), submit(stack, kind, archive)
        stack.bolt.flow = flow
    return job_ids


def time_of(job: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(job[name])


def wait_for_limit(stack: FaultStack, job_id: str) -> None:
    """Wait until the job's time is over; from then on the database is as fast as ever."""
    job = stack.wait(job_id, lambda job: job["started"] is not None)
    time.sleep(max(0.0, SPARK_SECONDS - (datetime.now(UTC) - time_of(job, "started")).total_seconds()))
    stack.bolt.flow = Flow.OPEN


def require_in_time(stack: FaultStack, job_id: str, scale: Scale, figures: Figures) -> dict[str, Any]:
    job = stack.wait_for_end(job_id)
    assert job["status"] == "closed_by_timeout", job
    written = job["progress"]["nodes_done"] + job["progress"]["relationships_done"]
    late = (time_of(job, "ended") - time_of(job, "started")).total_seconds() - SPARK_SECONDS
    figures.add("seconds from the limit to the end", late)
    assert 0 <= late < scale.bound(LATE_SECONDS) + written / UNDONE_PER_SECOND
    return job


@pytest.mark.parametrize("kind", ["export", "import"])
def test_a_job_ends_at_its_limit_however_long_it_waited(
    stack: FaultStack, archive: str, census: Census, scale: Scale, figures: Figures, kind: str
) -> None:
    for _ in range(scale.count(1, 20)):
        with stack.slowed():
            first, second = submit_at_once(stack, kind, archive)
            wait_for_limit(stack, first)
            require_in_time(stack, first, scale, figures)
        with stack.slowed():
            wait_for_limit(stack, second)
            job = require_in_time(stack, second, scale, figures)
        assert (time_of(job, "started") - time_of(job, "created")).total_seconds() >= SPARK_SECONDS
        stack.wait_until_clean(census)


@pytest.mark.parametrize("kind", ["export", "import"])
def test_a_job_whose_worker_is_dead_ends_at_its_limit(
    stack: FaultStack, archive: str, census: Census, scale: Scale, rng: random.Random, figures: Figures, kind: str
) -> None:
    for _ in range(scale.count(1, 20)):
        with stack.slowed():
            job_id, after = submit_at_once(stack, kind, archive)
            assert stack.cancel(after).status == 200
            stack.wait(job_id, is_moving)
            time.sleep(rng.uniform(0, 1.0))
            worker = stack.find_worker(job_id)
            with paused(stack.process.pid):  # so that nobody starts the worker again
                os.kill(worker, signal.SIGKILL)
                wait_for_limit(stack, job_id)
                require_in_time(stack, job_id, scale, figures)
        stack.wait_until_clean(census)
