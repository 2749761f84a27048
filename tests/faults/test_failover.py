"""What was answered survives failovers of the store, where submissions wait for a replica."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import SHORT_LEASES, Scale
from tests.faults.report import Figures
from tests.support.faults.opening import FaultPlan, open_fault_stack
from tests.support.faults.sentinels import DOWN_AFTER_SECONDS, Sentinels
from tests.support.faults.stacks import FaultStack
from tests.support.faults.submitting import TENANTS, holding_application, require_all_closed, submitting
from tests.support.stacks.engines import SessionEngines

BACK_SECONDS = DOWN_AFTER_SECONDS + 5.0
"""Within this of a failover the store takes writes again."""

WAYS = pytest.mark.parametrize("way", [Sentinels.fail_over, Sentinels.kill_master], ids=["asked for", "killed"])


@contextmanager
def open_followed(url: str, name: str, engines: SessionEngines, folder: Path) -> Iterator[FaultStack]:
    """Open a stack whose store is found at this address, and of which submissions wait for a replica."""
    settings = {**SHORT_LEASES, "VALKEY_URL": url, "VALKEY_REPLICAS": "1", "INSTALLATION": name}
    plan = FaultPlan(folder=folder, tenants=["acme", *TENANTS], workers=2, settings=settings)
    with open_fault_stack(plan, engines) as opened, holding_application(opened):
        yield opened


@pytest.fixture(scope="module")
def followed(
    checked_engines: SessionEngines, sentinels: Sentinels, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultStack]:
    """A stack whose store is behind sentinels."""
    url = sentinels.admit("followed")
    with open_followed(url, "followed", checked_engines, tmp_path_factory.mktemp("followed")) as opened:
        yield opened


@WAYS
def test_no_failover_loses_an_answered_job(
    followed: FaultStack,
    sentinels: Sentinels,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    way: Callable[[Sentinels], int],
) -> None:
    for _ in range(scale.count(2, 50)):
        fail_over_under_load(followed, sentinels, scale, rng, figures, way)


def fail_over_under_load(
    stack: FaultStack,
    sentinels: Sentinels,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    way: Callable[[Sentinels], int],
) -> None:
    """Have another master while jobs are submitted; nothing that was answered is lost, or done twice."""
    sentinels.wait_until_settled()
    with submitting(stack) as submitter:
        time.sleep(rng.uniform(0.2, 1.0))
        began = time.monotonic()
        way(sentinels)
        seconds = submitter.wait_until_accepted(began + 0.2)
        time.sleep(0.5)
    assert not submitter.odd
    figures.add("seconds without an acceptance", seconds)
    assert seconds < scale.bound(BACK_SECONDS)
    require_all_closed(stack, submitter.accepted)
    figures.add("jobs answered around a failover, all closed", len(submitter.accepted))
