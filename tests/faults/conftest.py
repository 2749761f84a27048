"""Real processes to break, an application large enough to be broken off, and how often to do it."""

from __future__ import annotations

import random
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from infra.engines.versions import CURRENT
from tests.faults.report import Figures, Report
from tests.support.comparer import Content, read_content
from tests.support.faults.opening import FaultPlan, open_fault_stack
from tests.support.faults.sentinels import Sentinels, open_sentinels
from tests.support.faults.stacks import Census, FaultStack
from tests.support.stacks.engines import SessionEngines, wipe_database

NODES = 6_000
"""Two relationships each: enough that a move takes seconds, little enough that the smoke share takes minutes."""

TWO_WORKERS = pytest.mark.parametrize("stack", [2], indirect=True, ids=["two workers"], scope="session")
"""For what is the same however many workers there are."""

REPORT = pytest.StashKey[Report]()

TENANTS = ["acme", "globex", *(f"tenant-{number:03}" for number in range(100))]

SHORT_LEASES = {"LEASE_SECONDS": "3", "RENEW_SECONDS": "0.5", "REAP_SECONDS": "0.5"}
"""In the smoke share, so that a take-over takes seconds; the full run keeps the defaults unless told."""

SPARK_SECONDS = 3
SPARK_LIMIT = {"DEADLINES": f'{{"spark": {SPARK_SECONDS}}}'}
"""Instead of fifteen minutes."""

MEDIUM_NODES = 1_500
"""Enough for a few batches."""

SMALL = "CREATE (:Application {Name: 'Small'}), (:Small {name: 'one'})"


def write_application(name: str, nodes: int) -> Iterator[str]:
    """Give the statements that make an application."""
    yield f"CREATE (:Application {{Name: '{name}', Version: '1.2.0'}})"
    yield f"""UNWIND range(1, {nodes}) AS i CALL (i) {{ CREATE (:{name}:Item {{number: i, name: 'item ' + i,
        ratio: i * 0.5, tags: ['a', 'ü'], at: datetime('2024-01-01T00:00:00Z') + duration({{days: i % 500}})}}) }}
        IN TRANSACTIONS OF 5000 ROWS"""
    yield f"CREATE INDEX numbers FOR (n:{name}) ON (n.number)"
    yield "CALL db.awaitIndexes()"
    yield f"""UNWIND range(1, {nodes}) AS i CALL (i) {{
        MATCH (a:{name} {{number: i}}), (b:{name} {{number: 1 + (i * 7919) % {nodes}}})
        MATCH (c:{name} {{number: 1 + i % 97}})
        CREATE (a)-[:CALLS {{weight: i * 1.0}}]->(b), (a)-[:USES {{order: i}}]->(c) }} IN TRANSACTIONS OF 5000 ROWS"""
    yield "DROP INDEX numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How thorough this session is."""

    is_full: bool
    has_default_leases: bool
    most_rounds: int | None
    """None: as many as the design asks for."""

    def count(self, smoke: int, full: int) -> int:
        """Give how often to repeat a fault."""
        return min(full if self.is_full else smoke, self.most_rounds or full)

    def bound(self, seconds: float) -> float:
        """Give how long something may take: longer in the short form, which runs beside other tests on any machine."""
        return seconds if self.is_full else 4 * seconds

    @property
    def take_over_seconds(self) -> float:
        """How long a job may be without a worker: the lease, a reaper's period, and the start of a worker.

        The start comes after a pause of up to 10 s for a worker that died again and again, 1 s in the smoke share.
        """
        return self.bound(20.0)


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    options = request.config.option
    return Scale(
        is_full=options.full_faults,
        has_default_leases=options.full_faults and not options.short_leases,
        most_rounds=options.fault_rounds,
    )


@pytest.fixture(scope="session", autouse=True)
def report(request: pytest.FixtureRequest, scale: Scale) -> Iterator[Report]:
    """What the session measures, written at its end where that is asked for."""
    options = request.config.option
    gathered = request.config.stash.setdefault(REPORT, Report())
    yield gathered
    if options.fault_report is not None:
        seed = f"--fault-seed {options.fault_seed}"
        leases = 15 if scale.has_default_leases else SHORT_LEASES["LEASE_SECONDS"]
        facts = {"ended": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "repeat with": seed, "lease seconds": leases}
        gathered.write(options.fault_report, facts=facts)


@pytest.fixture
def figures(request: pytest.FixtureRequest, report: Report) -> Figures:
    """What this test measures."""
    return report.of(request.node.name)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Chance, from the seed in the session's header and the test's name."""
    seed: int = request.config.getoption("fault_seed")
    return random.Random(seed ^ zlib.crc32(request.node.name.encode()))


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    """Three servers of the store, watched by three sentinels."""
    with open_sentinels(tmp_path_factory.mktemp("sentinels")) as opened:
        yield opened


@pytest.fixture(scope="session", params=[1, 2], ids=["one worker", "two workers"])
def stack(
    request: pytest.FixtureRequest,
    checked_engines: SessionEngines,
    tmp_path_factory: pytest.TempPathFactory,
    scale: Scale,
) -> Iterator[FaultStack]:
    wipe_database(checked_engines.neo4j(CURRENT))
    plan = FaultPlan(
        folder=tmp_path_factory.mktemp("faults"),
        tenants=TENANTS,
        workers=request.param,
        settings={**SPARK_LIMIT, **({} if scale.has_default_leases else SHORT_LEASES)},
        restart_seconds=10 if scale.has_default_leases else 1,
    )
    with open_fault_stack(plan, checked_engines) as opened:
        for statement in (SMALL, *write_application("Large", NODES), *write_application("Medium", MEDIUM_NODES)):
            opened.query(statement)
        yield opened


@pytest.fixture(scope="session")
def checked_engines(session_engines: SessionEngines) -> Iterator[SessionEngines]:
    """The session's engines; after all faults Neo4j's own checker must find nothing in its store."""
    yield session_engines
    assert session_engines.check_neo4j(CURRENT) == ""


@pytest.fixture
def census(stack: FaultStack, archive: str) -> Iterator[Census]:
    """Count everything before a test, and what the test leaves once its copy is removed."""
    del archive
    stack.remove("Copy")
    before = stack.take_settled_census()
    yield before
    stack.remove("Copy")
    stack.wait_until_clean(before)


@pytest.fixture(scope="session")
def large(stack: FaultStack) -> Content:
    """What the large application holds."""
    return read_content(stack.place("Large"))


@pytest.fixture(scope="session")
def archive(stack: FaultStack) -> str:
    """The name of an archive of the large application."""
    return stack.make_archive("Large")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave some of the slowest to the full run, and all that is not asked for."""
    wanted = set(filter(None, (config.getoption("fault_rows") or "").split(",")))
    left = [item for item in items if _is_left_to_full(config, item) or (wanted and not wanted & set(rows_of(item)))]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


LEFT_TO_FULL = {
    "test_a_sleeping_worker_wakes_harmless": ("two workers-import", "one worker-export"),
    "test_rolling_restarts_do_not_end_a_job": ("two workers-import", "one worker-export"),
    "test_what_the_store_forgot_leaves_nothing_behind": ("export-two workers",),
    "test_a_bad_connection_costs_time_alone": ("reset-resp", "hold-resp", "vanish-bolt", "trickle-bolt"),
}
"""Variants of slow tests whose like is in the smoke share."""


def _is_left_to_full(config: pytest.Config, item: pytest.Item) -> bool:
    name, _, variant = item.name.partition("[")
    return not config.getoption("full_faults") and variant.startswith(LEFT_TO_FULL.get(name, ()))


def rows_of(item: pytest.Item) -> list[str]:
    """Give the rows of the list of faults that a test is for."""
    return [row for marker in item.iter_markers("fault") for row in marker.args]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep for the report which tests began, and how each ended."""
    ended = yield
    gathered = item.config.stash.setdefault(REPORT, Report())
    gathered.rows[item.name] = ", ".join(rows_of(item))
    if call.when == "call" or not ended.passed:
        gathered.outcomes[item.name] = ended.outcome
    return ended
