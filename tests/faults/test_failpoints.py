"""A worker may die before or after any commit, script or rename of a job, and the job ends as if it had not."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, TypeAlias

import pytest
from typing_extensions import override

from tests.faults.conftest import TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.comparer import Content, read_content
from tests.support.faults.stacks import Census, FaultStack, has_ended, is_moving

pytestmark = TWO_WORKERS

TIMED = ("announce", "reap", "list_workers", "renew")
"""Scripts that run by the clock, whatever the job does."""

BATCH_SIZE = 500
"""A few batches of nodes and of relationships, so that the list of places stays short."""

Places = list[tuple[str, int]]


Mark: TypeAlias = Callable[[], None]
"""Called where the job comes to what a test is about: places before do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A new application: how a fault test begins the job, and judges its end."""

    stack: FaultStack
    archive: str
    content: Content
    """Of the application in the archive."""
    census: Census

    def prepare(self) -> None:
        """Bring about what the job needs."""

    def begin(self, mark: Mark) -> str:
        """Submit the job; give its id."""
        mark()
        return self._submit(batch_size=BATCH_SIZE)

    def judge(self, job: dict[str, Any]) -> None:
        """Require that the job did what it should."""
        assert (job["status"], job["failure"]) == ("closed", None)
        assert read_content(self.stack.place("Copy")) == self.content

    def finish(self, job_id: str) -> None:
        """Judge the job once it has ended, and remove what it made."""
        self.judge(self.stack.wait_for_end(job_id))
        self.stack.remove("Copy")
        self.stack.wait_until_clean(self.census)

    def _submit(self, **more: Any) -> str:
        return self.stack.submit("import", import_app=self.archive, import_as="Copy", **more)


class Overwrite(Import):
    """An application in place of one that is there."""

    @override
    def prepare(self) -> None:
        self.stack.query("CREATE (:Application {Name: 'Copy'})")
        self.stack.query("UNWIND range(1, 500) AS i CREATE (:Copy {old: i})-[:OLD]->(:Copy)")

    @override
    def begin(self, mark: Mark) -> str:
        mark()
        return self._submit(batch_size=BATCH_SIZE, on_conflict="overwrite")


class Copy(Import):
    """An application of the same database, read and written by one job."""

    @override
    def _submit(self, **more: Any) -> str:
        return self.stack.submit_copy("Medium", **more)


class Delete(Import):
    """An application that goes."""

    @override
    def prepare(self) -> None:
        self.stack.query("CREATE (:Application {Name: 'Copy'})")
        self.stack.query(f"UNWIND range(1, {3 * BATCH_SIZE}) AS i CREATE (:Copy {{old: i}})-[:OLD]->(:Copy)")

    @override
    def begin(self, mark: Mark) -> str:
        mark()
        return self.stack.submit_delete("Copy")

    @override
    def judge(self, job: dict[str, Any]) -> None:
        assert (job["status"], job["failure"]) == ("closed", None)


class Cancelled(Import):
    """An import that is taken back."""

    @override
    def begin(self, mark: Mark) -> str:
        with self.stack.slowed():
            job_id = self._submit(batch_size=10)
            self.stack.wait(job_id, is_moving)
            mark()
            assert self.stack.cancel(job_id).status == 200
        return job_id

    @override
    def judge(self, job: dict[str, Any]) -> None:
        assert job["status"] == "cancelled"


class Export(Import):
    """An archive."""

    @override
    def begin(self, mark: Mark) -> str:
        mark()
        return self.stack.submit("export", export_app="Medium", batch_size=BATCH_SIZE)

    @override
    def judge(self, job: dict[str, Any]) -> None:
        assert (job["status"], job["failure"]) == ("closed", None)
        name = job["archive"]["name"]
        request = {"import_app": name, "import_as": "Copy", "batch_size": BATCH_SIZE}
        imported = self.stack.wait_for_end(self.stack.submit("import", **request))
        assert imported["archive"]["sha256"] == job["archive"]["sha256"]
        assert read_content(self.stack.place("Copy")) == self.content
        self.stack.client.shelf().remove(name)


MOVES = [
    pytest.param(Import, 4, 10, marks=pytest.mark.fault("R2", "R41"), id="import"),
    pytest.param(Overwrite, 2, 5, marks=pytest.mark.fault("R41"), id="overwrite"),
    pytest.param(Copy, 3, 5, marks=pytest.mark.fault("R41"), id="copy"),
    pytest.param(Delete, 2, 5, marks=pytest.mark.fault("R41"), id="delete"),
    pytest.param(Cancelled, 2, 5, marks=pytest.mark.fault("R3"), id="undo"),
    pytest.param(Export, 2, 10, marks=pytest.mark.fault("R4"), id="export"),
]


@pytest.mark.parametrize(("kind", "smoke", "rounds"), MOVES)
def test_a_worker_may_die_anywhere(
    stack: FaultStack,
    census: Census,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    kind: type[Import],
    smoke: int,
    rounds: int,
) -> None:
    archive, content = stack.make_archive("Medium"), read_content(stack.place("Medium"))
    move = kind(stack=stack, archive=archive, content=content, census=census)
    archives = stack.archives
    places = find_places(move)
    chosen = chain(*[places] * scale.count(1, rounds)) if scale.is_full else rng.sample(places, smoke)
    for place, passed in chosen:
        seconds = kill_at(move, place, passed)
        figures.add("places not passed" if seconds is None else "places")
        if seconds is not None:
            figures.add("seconds to the next attempt", seconds)
            assert seconds < scale.take_over_seconds, (place, passed)
        assert stack.archives == archives, (place, passed)


def find_places(move: Import) -> Places:
    """Give the places that a worker passes in an undisturbed job, in order."""
    stack = move.stack
    move.prepare()
    job_id = move.begin(stack.failpoints.begin_log)
    stack.wait_for_end(job_id)
    worker = stack.find_worker(job_id)
    move.finish(job_id)
    return [each for each in stack.failpoints.end_log(worker) if not each[0].startswith(TIMED)]


def kill_at(move: Import, place: str, passed: int) -> float | None:
    """Let a worker die there; give the seconds to the next attempt, or None where no worker came by."""
    stack = move.stack
    move.prepare()
    job_id = move.begin(partial(stack.failpoints.arm, place, passed=passed))
    struck = wait_until_struck(stack, job_id)
    began = time.monotonic()
    if struck and not has_ended(stack.read(job_id)):
        stack.wait_for_successor(job_id)
    seconds = time.monotonic() - began
    move.finish(job_id)
    return seconds if struck else None


def wait_until_struck(stack: FaultStack, job_id: str) -> bool:
    """Wait until a process has died at the armed place; False when the job ended without."""
    while stack.failpoints.is_armed:
        if has_ended(stack.read(job_id)):
            time.sleep(1.0)  # what comes after the end is passed by now
            was_armed = stack.failpoints.is_armed
            stack.failpoints.disarm()
            return not was_armed
        time.sleep(0.01)
    return True
