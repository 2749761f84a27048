"""Two applications that share nodes arrive at once, one is called off midway, the other leaves later."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from tests.faults.conftest import TWO_WORKERS, Scale
from tests.faults.report import Figures
from tests.support.comparer import Content, read_content
from tests.support.faults.stacks import Census, FaultStack

pytestmark = [TWO_WORKERS, pytest.mark.fault("R42")]

TENANT_OF = {"One": "acme", "Two": "globex"}
"""Two tenants, because jobs of one follow each other."""

KINDS = 40
OBJECTS = 400
SEED = (
    "CREATE CONSTRAINT kinds FOR (n:Kind) REQUIRE n.id IS UNIQUE",
    "CREATE (:Application {Name: 'One'}), (:Application {Name: 'Two'})",
    f"UNWIND range(1, {KINDS}) AS i CREATE (:Kind:One:Two {{id: i, name: 'kind ' + i}})",
    "MATCH (a:Kind), (b:Kind) WHERE b.id = a.id + 1 CREATE (a)-[:EXTENDS {depth: a.id}]->(b)",
    f"""UNWIND ['One', 'Two'] AS name UNWIND range(1, {OBJECTS}) AS i
        MATCH (k:Kind) WHERE k.id = 1 + i % {KINDS} CREATE (:$(name):Object {{number: i, of: name}})-[:IS]->(k)""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Archives of two applications that share nodes, with what each holds."""

    stack: FaultStack
    archives: Mapping[str, str]
    together: Mapping[str, Content]
    """While the other is there too: the shared nodes carry its label."""
    alone: Mapping[str, Content]
    before: Census
    """With neither."""

    def begin(self, name: str) -> str:
        archive, tenant = self.archives[name], TENANT_OF[name]
        return self.stack.submit("import", tenant=tenant, import_app=archive, batch_size=10)

    def delete(self, name: str) -> None:
        delete(self.stack, name)

    def require(self, name: str, content: Mapping[str, Content]) -> None:
        assert read_content(self.stack.place(name)) == content[name]


def end(stack: FaultStack, name: str, job_id: str) -> str:
    """Wait for the end of a job; give its status."""
    job = stack.wait_for_end(job_id, tenant=TENANT_OF[name])
    assert job["failure"] is None, job
    status: str = job["status"]
    return status


def delete(stack: FaultStack, name: str) -> None:
    tenant = TENANT_OF[name]
    assert end(stack, name, stack.submit_delete(name, tenant=tenant)) == "closed"


@pytest.fixture
def sharing(stack: FaultStack) -> Iterator[Sharing]:
    for statement in SEED:
        stack.query(statement)
    together = {name: read_content(stack.place(name)) for name in TENANT_OF}
    archives = {name: stack.make_archive(name, tenant=tenant) for name, tenant in TENANT_OF.items()}
    delete(stack, "Two")
    alone = {"One": read_content(stack.place("One"))}
    delete(stack, "One")
    before = stack.take_settled_census()
    assert end(stack, "Two", stack.submit("import", tenant="globex", import_app=archives["Two"])) == "closed"
    alone["Two"] = read_content(stack.place("Two"))
    delete(stack, "Two")
    stack.wait_until_clean(before)
    yield Sharing(stack=stack, archives=archives, together=together, alone=alone, before=before)
    stack.query("DROP CONSTRAINT kinds")


def test_what_one_leaves_or_never_brings_stays_with_the_other(
    stack: FaultStack, sharing: Sharing, scale: Scale, rng: random.Random, figures: Figures
) -> None:
    for _ in range(scale.count(2, 50)):
        kept, dropped = rng.sample(sorted(TENANT_OF), 2)
        jobs = {name: sharing.begin(name) for name in rng.sample(sorted(TENANT_OF), 2)}
        time.sleep(rng.uniform(0, 1.0))
        answer = stack.cancel(jobs[dropped], tenant=TENANT_OF[dropped])
        status = end(stack, dropped, jobs[dropped])
        assert (answer.status, status) in {(200, "cancelled"), (409, "closed")}
        figures.add(status)
        assert end(stack, kept, jobs[kept]) == "closed"
        if status == "closed":
            sharing.require(dropped, sharing.together)
            sharing.delete(dropped)
        sharing.require(kept, sharing.alone)

        assert end(stack, dropped, sharing.begin(dropped)) == "closed"
        for name in TENANT_OF:
            sharing.require(name, sharing.together)
        sharing.delete(kept)
        sharing.require(dropped, sharing.alone)
        sharing.delete(dropped)
        stack.wait_until_clean(sharing.before)
