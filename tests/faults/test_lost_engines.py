"""Imports outlive the death of the database, alone or with everything else."""

from __future__ import annotations

import random
import time

import pytest

from infra.engines.versions import CURRENT
from tests.faults.conftest import TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.comparer import Content, read_content
from tests.support.faults.stacks import Census, FaultStack

pytestmark = TWO_WORKERS

END_SECONDS = 300.0


def require_whole_or_nothing(
    stack: FaultStack, job_id: str, census: Census, large: Content, figures: Figures, began: float
) -> None:
    job = stack.wait_for_end(job_id, seconds=END_SECONDS)
    figures.add("seconds from the fault to the end", time.monotonic() - began)
    figures.add(str(job["status"]))
    if job["status"] == "closed":
        assert read_content(stack.place("Copy")) == large
        stack.remove("Copy")
    else:
        assert (job["status"], job["failure"]["code"]) == ("failed", "DATABASE_UNAVAILABLE"), job
    stack.wait_until_clean(census, seconds=END_SECONDS)


def check_store(stack: FaultStack, scale: Scale) -> None:
    """After each fault of a full run; of the smoke share only at the session's end."""
    if scale.is_full:
        assert stack.engines.check_neo4j(CURRENT) == ""
        stack.start_neo4j()


@pytest.mark.fault("R10")
def test_a_killed_database_comes_back_to_all_or_nothing(
    stack: FaultStack,
    archive: str,
    census: Census,
    large: Content,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
) -> None:
    for _ in range(scale.count(1, 50)):
        job_id = stack.begin_by_chance("import", archive, rng)
        killed = time.monotonic()
        stack.kill_neo4j()
        time.sleep(rng.uniform(5, 30) if scale.is_full else 0)
        stack.start_neo4j()
        require_whole_or_nothing(stack, job_id, census, large, figures, killed)
        check_store(stack, scale)


@pytest.mark.fault("R12")
def test_when_all_dies_at_once_all_comes_back(
    stack: FaultStack,
    archive: str,
    census: Census,
    large: Content,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
) -> None:
    for _ in range(scale.count(1, 30)):
        job_id = stack.begin_by_chance("import", archive, rng)
        killed = time.monotonic()
        stack.kill_rooms()
        stack.kill_neo4j()
        stack.valkey.kill()
        stack.valkey.start()
        stack.start_neo4j()
        stack.wait_for_gateway()
        require_whole_or_nothing(stack, job_id, census, large, figures, killed)
        check_store(stack, scale)
