"""Jobs outlive their workers."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from itertools import pairwise

import pytest

from tests.faults.conftest import Scale
from tests.faults.report import Figures
from tests.support.comparer import Content, read_content
from tests.support.faults.stacks import Census, FaultStack, is_moving
from tests.support.holding import paused

ROW_OF_KIND = {"export": "R4", "import": "R1"}
EACH_MOVE = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.fault(row)) for kind, row in ROW_OF_KIND.items()]
)

pytestmark = pytest.mark.usefixtures("census")


def require_whole(stack: FaultStack, kind: str, job: dict[str, object], large: Content) -> None:
    """Require that the job closed, and that what it made equals its source."""
    assert (job["status"], job["failure"]) == ("closed", None)
    if kind == "export":
        archive = job["archive"]
        assert isinstance(archive, dict)
        job = stack.wait_for_end(stack.submit("import", import_app=archive["name"], import_as="Copy"))
        assert (job["status"], job["failure"]) == ("closed", None)
    assert read_content(stack.place("Copy")) == large


def kill_by_chance(stack: FaultStack, kind: str, archive: str, rng: random.Random) -> tuple[str, float]:
    """Kill the worker of a move while that is under way; give the job's id, and the seconds to its next attempt."""
    while True:
        stack.remove("Copy")
        job_id = stack.begin_by_chance(kind, archive, rng)
        os.kill(stack.find_worker(job_id), signal.SIGKILL)
        killed = time.monotonic()
        job = stack.wait_for_successor(job_id)
        if stack.has_begun(job_id, 2):
            return job_id, time.monotonic() - killed
        # Chance came too late: the last that the worker did was to close the job.
        assert (job["status"], job["attempt"]) == ("closed", 1)


@EACH_MOVE
def test_a_killed_worker_is_replaced(
    stack: FaultStack,
    archive: str,
    large: Content,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    kind: str,
) -> None:
    for _ in range(scale.count(1, 100)):
        job_id, seconds = kill_by_chance(stack, kind, archive, rng)
        figures.add("seconds to the next attempt", seconds)
        assert seconds < scale.take_over_seconds
        job = stack.wait_for_end(job_id)
        assert (job["attempt"], job["crashes"]) == (2, 1)
        require_whole(stack, kind, job, large)


def put_to_sleep_by_chance(
    stack: FaultStack, kind: str, archive: str, rng: random.Random, *, seconds: float
) -> tuple[str, int]:
    """Stop the worker of a move for so long while that is under way; give the job's id and the worker's."""
    while True:
        stack.remove("Copy")
        job_id = stack.begin_by_chance(kind, archive, rng)
        sleeper = stack.find_worker(job_id)
        with paused(sleeper):
            time.sleep(seconds)
            job = stack.read(job_id)
        if (job["status"], job["attempt"]) != ("closed", 1):
            return job_id, sleeper
        # Chance came too late: the last that the worker did was to close the job.


def wait_until_given_up(stack: FaultStack, job_id: str) -> None:
    """Wait until the last that the first attempt tells of is that it was given up."""

    def is_given_up(_: object) -> bool:
        told = [line["event"] for line in stack.log(job_id) if line["attempt"] == 1]
        return bool(told[-1] == "attempt given up: the job belongs to another worker, or soon will")

    stack.wait(job_id, is_given_up)


@pytest.mark.fault("R7")
@pytest.mark.parametrize("kind", ["export", "import"])
def test_a_sleeping_worker_wakes_harmless(
    stack: FaultStack,
    archive: str,
    large: Content,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    kind: str,
) -> None:
    sleep = 60.0 if scale.is_full else stack.lease_seconds + 2.0
    for _ in range(scale.count(1, 25)):
        job_id, sleeper = put_to_sleep_by_chance(stack, kind, archive, rng, seconds=sleep)
        job = stack.wait_for_end(job_id)
        figures.add("slept")
        assert (job["attempt"], job["crashes"]) == (2, 1)
        require_whole(stack, kind, job, large)
        wait_until_given_up(stack, job_id)
        if len(stack.workers) > 1:
            assert stack.find_worker(job_id, attempt=2) != sleeper


@pytest.mark.fault("R5")
@pytest.mark.parametrize("kind", ["export", "import"])
def test_rolling_restarts_do_not_end_a_job(
    stack: FaultStack, archive: str, large: Content, scale: Scale, figures: Figures, kind: str
) -> None:
    for _ in range(scale.count(1, 10)):
        stack.remove("Copy")
        with stack.slowed():  # so that the job does not end before the last restart
            job_id = stack.begin(kind, archive)
            stack.wait(job_id, is_moving)
            for attempt in range(1, 6):
                stack.wait_for_attempt(job_id, attempt)
                time.sleep(0.3)
                # Not waiting for those that are still being started again.
                for pid in [pid for name, pid in stack.pids.items() if name.startswith("worker-")]:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
                figures.add("restarts")
            stack.wait_for_attempt(job_id, 6)
        job = stack.wait_for_end(job_id)
        assert (job["attempt"], job["crashes"]) == (6, 0)
        begun = [line for line in stack.log(job_id) if line["event"] == "attempt started"]
        assert all(one["worker"] != other["worker"] for one, other in pairwise(begun))
        require_whole(stack, kind, job, large)


@pytest.mark.fault("R6")
def test_a_job_that_kills_every_worker_fails(
    stack: FaultStack, archive: str, census: Census, scale: Scale, rng: random.Random, figures: Figures
) -> None:
    for _ in range(scale.count(1, 20)):
        with stack.slowed():  # an attempt goes on where the one before ended: the third must not come to the job's end
            job_id = stack.begin("import", archive)
            waiting = stack.submit("export", export_app="Small")
            stack.wait(job_id, is_moving)
            for attempt in range(1, 4):
                stack.wait_for_attempt(job_id, attempt)
                time.sleep(rng.uniform(0, 0.3))
                os.kill(stack.find_worker(job_id, attempt=attempt), signal.SIGKILL)
                figures.add("killed")
        job = stack.wait_for_end(job_id)
        assert job["failure"] == {"code": "WORKER_CRASHED", "message": "worker crashed 3 times", "details": []}
        assert (job["status"], job["crashes"]) == ("failed", 3)
        assert stack.wait_for_end(waiting)["status"] == "closed"
        stack.wait_until_clean(census)
