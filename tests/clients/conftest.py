"""A whole stack with a service in three versions, for clients that were not written by us."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest
from neo4j import GraphDatabase

from shared.settings.databases import DatabaseSettings
from tests.support.stacks.stack_process import open_stack
from tests.support.stacks.stacks import Stack

VERSIONS = ("3.2.0", "3.2.1", "3.20.0")

ONE_VERSION = (
    "CREATE (:Application {Name: 'Shop', Label: $label, Version: $version, owner: 'somebody'})",
    "UNWIND range(1, 60) AS i CREATE (n:Item {number: i, version: $version, at: datetime()}) SET n:$($label)",
    "MATCH (a:$($label)), (b:$($label)) WHERE b.number = a.number + 1 CREATE (a)-[:NEXT {weight: 0.5}]->(b)",
)


@pytest.fixture(scope="module")
def stack(
    neo4j_2026: DatabaseSettings,
    neo4j_526: DatabaseSettings,
    valkey_for: Callable[[str], str],
    archives_for: Callable[[str], Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """The service in `left`; `right` is empty."""
    databases = {"left": neo4j_2026, "right": neo4j_526}
    folder = tmp_path_factory.mktemp("stack")
    with open_stack(
        folder, tenants=("acme", "globex"), databases=databases, valkey_for=valkey_for, archives_for=archives_for
    ) as opened:
        _seed(neo4j_2026)
        yield opened


def _seed(settings: DatabaseSettings) -> None:
    auth = (settings.user, settings.password.get_secret_value())
    with GraphDatabase.driver(settings.uri, auth=auth) as driver, driver.session() as session:
        for version in VERSIONS:
            for statement in ONE_VERSION:
                session.run(statement, label=f"Shop@{version}", version=version).consume()
