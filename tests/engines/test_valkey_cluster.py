"""A whole stack over a Valkey Cluster: real processes, reached over HTTP as users reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest
from neo4j import GraphDatabase

from shared.settings.databases import DatabaseSettings
from tests.support.faults.clusters import Cluster
from tests.support.stacks.stack_process import open_stack
from tests.support.stacks.stacks import Stack

SHOP = (
    "CREATE (:Application {Name: 'Shop', Label: 'Shop'})",
    "UNWIND range(1, 100) AS i CREATE (:Shop:Item {number: i})",
    "MATCH (a:Shop), (b:Shop) WHERE b.number = a.number + 1 CREATE (a)-[:NEXT]->(b)",
)


@pytest.fixture(scope="module")
def stack(
    neo4j_2026: DatabaseSettings,
    session_cluster: Cluster,
    archives_for: Callable[[str], Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """One tenant, one worker, one database."""
    folder = tmp_path_factory.mktemp("stack")
    databases = {"current": neo4j_2026}
    with open_stack(
        folder, tenants=("acme",), databases=databases, valkey_for=session_cluster.admit, archives_for=archives_for
    ) as opened:
        yield opened


def test_a_job_goes_from_submission_to_end(stack: Stack) -> None:
    place = stack.place("current", "")
    with GraphDatabase.driver(place.uri, auth=(place.user, place.password)) as driver, driver.session() as session:
        for statement in SHOP:
            session.run(statement).consume()
    job = stack.run("export", database="current", export_app="Shop")
    assert (job["status"], job["attempt"]) == ("closed", 1), job
    again = stack.run("import", database="current", import_app=job["archive"]["name"], import_as="Again")
    assert again["status"] == "closed", again
