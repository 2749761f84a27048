"""Real processes to break, an application large enough to be broken off, and how often to do it."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shared.settings import DatabaseSettings
from tests.support.comparer import Content, read_content
from tests.support.engines import wipe_database
from tests.support.fault_stacks import Census, FaultStack, open_fault_stack

NODES = 12_000
"""Two relationships each: enough that a move takes seconds, little enough that the smoke share takes minutes."""

TWO_WORKERS = pytest.mark.parametrize("stack", [2], indirect=True, ids=["two workers"], scope="session")
"""For what is the same however many workers there are."""

TENANTS = ["acme", "globex", *(f"tenant-{number:03}" for number in range(100))]

SHORT_LEASES = {"LEASE_SECONDS": "3", "RENEW_SECONDS": "0.5", "REAP_SECONDS": "0.5"}
"""In the smoke share, so that a take-over takes seconds; the full run keeps the defaults."""

LARGE = (
    "CREATE (:Application {Name: 'Large', Version: '1.2.0'}), (:Application {Name: 'Small'}), (:Small {name: 'one'})",
    f"""UNWIND range(1, {NODES}) AS i CALL (i) {{ CREATE (:Large:Item {{number: i, name: 'item ' + i, ratio: i * 0.5,
    tags: ['a', 'ü'], at: datetime('2024-01-01T00:00:00Z') + duration({{days: i % 500}})}}) }}
    IN TRANSACTIONS OF 5000 ROWS""",
    "CREATE INDEX large_number FOR (n:Large) ON (n.number)",
    "CALL db.awaitIndexes()",
    f"""UNWIND range(1, {NODES}) AS i CALL (i) {{
    MATCH (a:Large {{number: i}}), (b:Large {{number: 1 + (i * 7919) % {NODES}}}), (c:Large {{number: 1 + i % 97}})
    CREATE (a)-[:CALLS {{weight: i * 1.0}}]->(b), (a)-[:USES {{order: i}}]->(c) }} IN TRANSACTIONS OF 5000 ROWS""",
    "DROP INDEX large_number",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How thorough this session is."""

    is_full: bool
    most_rounds: int | None
    """None: as many as the design asks for."""

    def count(self, smoke: int, full: int) -> int:
        """Give how often to repeat a fault."""
        return min(full if self.is_full else smoke, self.most_rounds or full)


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    options = request.config.option
    return Scale(is_full=options.full_faults, most_rounds=options.fault_rounds)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Chance, from the seed in the session's header and the test's name."""
    seed: int = request.config.getoption("fault_seed")
    return random.Random(seed ^ zlib.crc32(request.node.name.encode()))


@pytest.fixture(scope="session", params=[1, 2], ids=["one worker", "two workers"])
def stack(
    request: pytest.FixtureRequest,
    neo4j_2026: DatabaseSettings,
    tmp_path_factory: pytest.TempPathFactory,
    scale: Scale,
) -> Iterator[FaultStack]:
    wipe_database(neo4j_2026)
    settings = {} if scale.is_full else SHORT_LEASES
    folder = tmp_path_factory.mktemp("faults")
    with open_fault_stack(folder, neo4j_2026, tenants=TENANTS, workers=request.param, settings=settings) as opened:
        for statement in LARGE:
            opened.query(statement)
        yield opened


@pytest.fixture
def census(stack: FaultStack, archive: str) -> Iterator[Census]:
    """Count everything before a test, and what the test leaves once its copy is removed."""
    del archive
    stack.remove("Copy")
    before = stack.take_census()
    assert before.own == 0
    yield before
    stack.remove("Copy")
    assert stack.take_census() == before


@pytest.fixture(scope="session")
def large(stack: FaultStack) -> Content:
    """What the large application holds."""
    return read_content(stack.place("Large"))


@pytest.fixture(scope="session")
def archive(stack: FaultStack) -> str:
    """The name of an archive of the large application."""
    job = stack.wait_for_end(stack.submit("export", export_app="Large"))
    assert job["status"] == "closed", job
    name: str = job["archive"]["name"]
    return name


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slowest to the full run, but for one kind with each number of workers."""
    left = [] if config.getoption("full_faults") else [item for item in items if _is_left_to_full(item)]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


def _is_left_to_full(item: pytest.Item) -> bool:
    slow = ("test_a_sleeping_worker_wakes_harmless", "test_rolling_restarts_do_not_end_a_job")
    return item.name.startswith(slow) and any(
        each in item.name for each in ("[two workers-import]", "[one worker-export]")
    )
