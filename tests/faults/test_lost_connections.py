"""What is lost on the way between a worker and its engines is neither lost nor doubled in the graph."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.conftest import TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.comparer import Content, read_content
from tests.support.faults.proxies import Flow, Proxy
from tests.support.faults.stacks import FaultStack, has_ended

pytestmark = [TWO_WORKERS, pytest.mark.usefixtures("census")]

END_SECONDS = 300.0

ENDED_SHARE = 0.5
"""Of the transactions that are seen; most are too short to be."""

TERMINATE, TERMINATED = "TERMINATE TRANSACTIONS $name YIELD message", "Transaction terminated."
RUNNING = "SHOW TRANSACTIONS YIELD transactionId, metaData WHERE metaData.job IS NOT NULL RETURN transactionId"


def require_equal(stack: FaultStack, job_id: str, large: Content) -> None:
    job = stack.wait_for_end(job_id, seconds=END_SECONDS)
    assert (job["status"], job["failure"]) == ("closed", None)
    assert read_content(stack.place("Copy")) == large


@pytest.mark.fault("R9")
def test_a_commit_whose_answer_is_lost_counts_once(
    stack: FaultStack, archive: str, large: Content, scale: Scale, rng: random.Random, figures: Figures
) -> None:
    wanted, before = scale.count(10, 200), stack.bolt.lost
    while (lost := stack.bolt.lost - before) < wanted:
        stack.remove("Copy")
        job_id = stack.begin("import", archive)
        while not has_ended(stack.read(job_id)) and stack.bolt.lost - before < wanted:
            stack.bolt.answers_to_lose = 1
            time.sleep(rng.uniform(0, 0.2))
        stack.bolt.answers_to_lose = 0
        require_equal(stack, job_id, large)
        for _ in range(stack.bolt.lost - before - lost):
            figures.add("answers to COMMIT lost")


def reset(proxy: Proxy, _: float) -> None:
    proxy.reset()


def hold(proxy: Proxy, seconds: float) -> None:
    with flowing(proxy, Flow.HOLE):
        time.sleep(seconds)


def vanish(proxy: Proxy, seconds: float) -> None:
    """Hold everything, then drop the connections, as a network does that forgot them."""
    hold(proxy, seconds)
    proxy.reset()


def trickle(proxy: Proxy, seconds: float) -> None:
    with flowing(proxy, Flow.TRICKLE):
        time.sleep(seconds)


@contextmanager
def flowing(proxy: Proxy, flow: Flow) -> Iterator[None]:
    proxy.flow = flow
    try:
        yield
    finally:
        proxy.flow = Flow.OPEN


@pytest.mark.fault("R17")
@pytest.mark.parametrize("engine", ["bolt", "resp"])
@pytest.mark.parametrize("fault", [reset, hold, vanish, trickle])
def test_a_bad_connection_costs_time_alone(
    stack: FaultStack,
    archive: str,
    large: Content,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    engine: str,
    fault: object,
) -> None:
    assert callable(fault)
    proxy: Proxy = getattr(stack, engine)
    for _ in range(scale.count(1, 20)):
        stack.remove("Copy")
        job_id = stack.begin_by_chance("import", archive, rng)
        fault(proxy, 60.0 if scale.is_full else 2.0)
        began = time.monotonic()
        require_equal(stack, job_id, large)
        figures.add("seconds to the end", time.monotonic() - began)


@pytest.mark.fault("R18")
def test_transactions_that_the_server_ends_are_repeated(
    stack: FaultStack, archive: str, large: Content, scale: Scale, rng: random.Random, figures: Figures
) -> None:
    for _ in range(scale.count(1, 50)):
        stack.remove("Copy")
        job_id = stack.begin("import", archive)
        with ended_transactions(stack, rng, figures):
            require_equal(stack, job_id, large)


@contextmanager
def ended_transactions(stack: FaultStack, rng: random.Random, figures: Figures) -> Iterator[None]:
    """End a share of the import's transactions while they run, each at its first sight or never."""
    enough, seen = threading.Event(), set[str]()

    def end_some() -> None:
        with stack.open_session() as session:
            while not enough.wait(rng.uniform(0, 0.02)):
                running = set(session.run(RUNNING).value())
                for name in sorted(running - seen):
                    if rng.random() < ENDED_SHARE and session.run(TERMINATE, name=name).value() == [TERMINATED]:
                        figures.add("transactions ended")
                seen.update(running)

    thread = threading.Thread(target=end_some)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
