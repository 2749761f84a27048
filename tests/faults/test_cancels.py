"""A cancel stops the work at once, and leaves nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

import pytest

from tests.faults.conftest import TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.faults.stacks import Census, FaultStack, has_ended, is_moving, read_time

pytestmark = [TWO_WORKERS, pytest.mark.fault("R28")]

STOPPED_SECONDS = 1.0
UNDO_SECONDS = 5.0
UNDONE_PER_SECOND = 50_000


def require_nothing_left(stack: FaultStack, census: Census) -> None:
    """At once: what was undone leaves nothing that a sweep had to find."""
    assert stack.take_census() == census
    assert stack.find_leftovers() == []


def cancel_and_measure(
    stack: FaultStack, kind: str, archive: str, rng: random.Random
) -> tuple[dict[str, Any], float, float]:
    """Cancel a running job; give its record, and the seconds until its handler stopped, and until it ended."""
    while True:
        job_id = stack.begin_by_chance(kind, archive, rng)
        asked = datetime.now(UTC)
        answer = stack.cancel(job_id)
        if answer.status != 409:
            break
        # Chance came too late: it was being published.
        assert stack.wait_for_end(job_id)["status"] == "closed"
        stack.remove("Copy")
    assert answer.status == 200, answer
    assert answer.body["cancel"]["reason"] == "no longer wanted"
    job = stack.wait_for_end(job_id)
    (stopped,) = [read_time(line) for line in stack.log(job_id) if line["event"] == "interrupted"]
    ended = datetime.fromisoformat(job["ended"])
    return job, (stopped - asked).total_seconds(), (ended - asked).total_seconds()


def slowest_of(seconds: list[float], scale: Scale) -> float:
    """All but one in twenty are at least as fast; one of a few may have met a machine that stood still."""
    return quantiles(seconds, n=20, method="inclusive")[-1] if scale.is_full else median(seconds)


@pytest.mark.parametrize("kind", ["export", "import", "copy"])
def test_a_running_job_stops_within_a_second_and_leaves_nothing(
    stack: FaultStack,
    archive: str,
    census: Census,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    kind: str,
) -> None:
    pauses: list[float] = []
    delays: list[float] = []
    cancel_and_measure(stack, kind, archive, rng)  # a server compiles what it has never done
    for _ in range(scale.count(5, 100)):
        job, stopped, ended = cancel_and_measure(stack, kind, archive, rng)
        figures.add("seconds until stopped", stopped)
        figures.add("seconds until ended", ended)
        written = job["progress"]["nodes_done"] + job["progress"]["relationships_done"]
        # A copy that has read its source begins to count anew.
        assert (job["status"], written > 0 or kind == "copy") == ("cancelled", True), job
        pauses.append(stopped)
        delays.append(ended - written / UNDONE_PER_SECOND)
        require_nothing_left(stack, census)
    assert slowest_of(pauses, scale) < STOPPED_SECONDS, pauses
    assert slowest_of(delays, scale) < UNDO_SECONDS, delays


def test_each_status_answers_a_cancel(stack: FaultStack, archive: str, census: Census) -> None:
    with stack.slowed():
        running, waiting = stack.begin("import", archive), stack.begin("import", archive)
        stack.wait(running, is_moving)

        answer = stack.cancel(waiting)
        assert (answer.status, answer.body["status"], answer.body["attempt"]) == (200, "cancelled", 0)
        answer = stack.cancel(running)
        assert (answer.status, answer.body["status"]) == (200, "in_progress")
    job = stack.wait_for_end(running)
    assert job["status"] == "cancelled"
    assert job["summary"]["undone"]["nodes_left"] == 0
    for job_id in (running, waiting):
        again = stack.cancel(job_id)
        assert (again.status, again.body) == (200, stack.read(job_id))

    closed = stack.wait_for_end(stack.submit("export", export_app="Small"))
    assert closed["status"] == "closed"
    answer = stack.cancel(closed["id"])
    assert (answer.status, answer.body["code"]) == (409, "JOB_NOT_CANCELLABLE")
    assert stack.read(closed["id"]) == closed
    require_nothing_left(stack, census)


def _export_small(stack: FaultStack, _: str) -> str:
    return stack.submit("export", export_app="Small")


def _import_small(stack: FaultStack, archive: str) -> str:
    return stack.submit("import", import_app=archive, import_as="Copy")


def _copy_small(stack: FaultStack, _: str) -> str:
    return stack.submit_copy("Small")


def _delete_small(stack: FaultStack, _: str) -> str:
    return stack.submit_delete("Copy")


def _prepare(stack: FaultStack, start: Callable[[FaultStack, str], str]) -> None:
    if start is _delete_small:
        stack.query("CREATE (:Application {Name: 'Copy'}), (:Copy {name: 'one'})-[:TO]->(:Copy {name: 'two'})")


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(_export_small, id="export"),
        pytest.param(_import_small, id="import"),
        pytest.param(_copy_small, id="copy", marks=pytest.mark.fault("R41")),
        pytest.param(_delete_small, id="delete", marks=pytest.mark.fault("R41")),
    ],
)
def test_a_cancel_that_races_the_end_gives_one_outcome(
    stack: FaultStack,
    census: Census,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    start: Callable[[FaultStack, str], str],
) -> None:
    small = stack.wait_for_end(stack.submit("export", export_app="Small"))
    took = min(_measure(stack, start, small["archive"]["name"]) for _ in range(3))
    outcomes: set[str] = set()
    for _ in range(scale.count(10, 200)):
        stack.wait_until_clean(census)  # the journal outlives its closed job by a moment
        archives = stack.archives
        _prepare(stack, start)
        before = stack.take_census()
        job_id = start(stack, small["archive"]["name"])
        time.sleep(rng.uniform(0, took))
        answer = stack.cancel(job_id)
        job = stack.wait_for_end(job_id)
        outcomes.add(job["status"])
        figures.add(job["status"])
        if answer.status == 200:
            assert job["status"] == "cancelled", job
            assert stack.take_census() == before
            stack.wait_until_clean(before)  # what a copy read into outlives its job by a moment
            assert stack.archives == archives
        else:
            assert (answer.status, answer.body["code"], job["status"]) == (409, "JOB_NOT_CANCELLABLE", "closed")
            assert job["cancel"] is None
        stack.remove("Copy")
    assert outcomes <= {"closed", "cancelled"}


def _measure(stack: FaultStack, start: Callable[[FaultStack, str], str], archive: str) -> float:
    _prepare(stack, start)
    began = time.monotonic()
    assert has_ended(stack.wait_for_end(start(stack, archive)))
    took = time.monotonic() - began
    stack.remove("Copy")
    return took
