"""Changes of a cluster's leader cost time alone: nothing is lost or doubled."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import orjson
import pytest

from infra.engines.versions import CURRENT
from tests.faults.conftest import SHORT_LEASES, Scale, write_application
from tests.faults.report import Figures
from tests.support.bolt_cluster.cluster import BoltCluster, open_bolt_cluster
from tests.support.bolt_cluster.members import Refusal
from tests.support.comparer import Content, read_content
from tests.support.faults.opening import FaultPlan, open_fault_stack
from tests.support.faults.stacks import DATABASE, FaultStack, has_ended, is_moving
from tests.support.stacks.engines import SessionEngines

NODES = 1_000
BATCH = 10
"""So that the smallest move is under way for some changes."""

WAYS = (*Refusal, None)
"""What an old leader does: refuse in one of its ways, or break its connections."""

APPLICATION = "Led"
ELECTION_SECONDS = 0.5
LONGEST_MOMENT_SECONDS = 1.0
END_SECONDS = 120.0


@pytest.fixture(scope="module")
def cluster(checked_engines: SessionEngines) -> Iterator[BoltCluster]:
    """Three members before the session's server."""
    with open_bolt_cluster(urlsplit(checked_engines.neo4j(CURRENT).uri).port or 0) as opened:
        yield opened


@pytest.fixture(scope="module")
def clustered(
    checked_engines: SessionEngines, cluster: BoltCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultStack]:
    """A stack over the cluster, which reads what it exports from replicas."""
    reached = {**checked_engines.neo4j(CURRENT).reveal(), "uri": cluster.address, "read": "replica"}
    databases = orjson.dumps({DATABASE: reached}).decode()
    settings = {**SHORT_LEASES, "DATABASES": databases, "INSTALLATION": "clustered"}
    plan = FaultPlan(folder=tmp_path_factory.mktemp("clustered"), tenants=["acme"], workers=2, settings=settings)
    with open_fault_stack(plan, checked_engines) as opened:
        for name in (APPLICATION, "Copy"):
            opened.remove(name)
        for statement in write_application(APPLICATION, NODES):
            opened.query(statement)
        yield opened
        for name in (APPLICATION, "Copy"):
            opened.remove(name)


@pytest.fixture(scope="module")
def led(clustered: FaultStack) -> Content:
    """What the application holds."""
    return read_content(clustered.place(APPLICATION))


@pytest.fixture(scope="module")
def led_archive(clustered: FaultStack) -> str:
    """The name of an archive of it."""
    return clustered.make_archive(APPLICATION)


def change_leaders(stack: FaultStack, cluster: BoltCluster, job_id: str, rng: random.Random, *, most: int) -> int:
    """Change the leader at moments by chance while the job is under way; give how often."""
    changes = 0
    while changes < most and not has_ended(stack.read(job_id)):
        time.sleep(rng.uniform(0, LONGEST_MOMENT_SECONDS))
        cluster.switch(refusal=WAYS[cluster.switches % len(WAYS)], seconds=ELECTION_SECONDS)
        changes += 1
    return changes


def require_copy(stack: FaultStack, archive: str, wanted: Content) -> None:
    """Have the archive imported without any change meanwhile; it is equal to what was exported."""
    stack.remove("Copy")
    job = stack.wait_for_end(stack.submit("import", import_app=archive, import_as="Copy"), seconds=END_SECONDS)
    require_closed(stack, job)
    assert read_content(stack.place("Copy")) == wanted


def require_closed(stack: FaultStack, job: dict[str, object]) -> None:
    assert job["status"] == "closed", (job["failure"], stack.log(str(job["id"]))[-5:])


@pytest.mark.fault("R58")
@pytest.mark.parametrize("kind", ["import", "export"])
def test_no_change_of_leader_loses_or_doubles_anything(
    clustered: FaultStack,
    cluster: BoltCluster,
    led: Content,
    led_archive: str,
    scale: Scale,
    rng: random.Random,
    figures: Figures,
    kind: str,
) -> None:
    left = scale.count(3, 25)
    refused = cluster.standing.refused
    while left > 0:
        clustered.remove("Copy")
        if kind == "import":
            job_id = clustered.submit("import", import_app=led_archive, import_as="Copy", batch_size=BATCH)
        else:
            job_id = clustered.submit("export", export_app=APPLICATION, batch_size=2)
        clustered.wait(job_id, is_moving)
        began = time.monotonic()
        changes = change_leaders(clustered, cluster, job_id, rng, most=min(left, 3))
        left -= changes
        job = clustered.wait_for_end(job_id, seconds=END_SECONDS)
        require_closed(clustered, job)
        figures.add("seconds to the end, with changes of leader", time.monotonic() - began)
        for _ in range(changes):
            figures.add("changes of leader", 1)
        if kind == "import":
            assert read_content(clustered.place("Copy")) == led
        else:
            require_copy(clustered, str(job["archive"]["name"]), led)
    figures.add("writes refused and repeated", cluster.standing.refused - refused)
