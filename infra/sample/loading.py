"""Loads the sample application into a database, many elements a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from infra.engines.process import EngineError
from infra.sample.graph import SampleGraph
from shared.settings.databases import DatabaseSettings

NAME = "Python library"
"""The application's name, its scope label too."""

_ROWS_PER_TRANSACTION = 5000

_RETRY_SECONDS = 2.0
"""A stack that is stopped must not wait for a loader that tries again and again."""

_CREATE_NODES = """
UNWIND $rows AS row
CREATE (n:`{labels}`) SET n = row.properties
RETURN collect([row.position, elementId(n)])
"""
"""One record for each batch: a record for each node would take longer than the writing."""

_CREATE_RELATIONSHIPS = """
UNWIND $rows AS row
MATCH (a) WHERE elementId(a) = row.start
MATCH (b) WHERE elementId(b) = row.end
CREATE (a)-[r:`{type}`]->(b) SET r = row.properties
"""

_CREATE_CATALOGUE_ENTRY = """
MERGE (a:Application {Name: $name, Version: $version}) SET a += $properties
"""

_DELETE = """
MATCH (n:`{label}`) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 5000 ROWS
"""

_DELETE_CATALOGUE_ENTRY = "MATCH (a:Application {Name: $name}) DELETE a"

Row = TypeVar("Row")


def load_sample(database: DatabaseSettings, graph: SampleGraph, *, version: str, copies: int = 1) -> None:
    """Create the application, several times over in different copies where it shall be larger."""
    with _connected(database) as driver:
        for copy in range(copies):
            identities = _create_nodes(driver, database.database, graph, copy)
            _create_relationships(driver, database.database, graph, identities)
        properties = {"Kind": "APPLICATION", "Language": "Python", "Copies": copies, "Nodes": len(graph.nodes) * copies}
        driver.execute_query(
            _CREATE_CATALOGUE_ENTRY, name=NAME, version=version, properties=properties, database_=database.database
        )


def remove_application(database: DatabaseSettings, name: str) -> None:
    """Remove an application of ours that an earlier demonstration left in a database of the user."""
    with _connected(database) as driver, driver.session(database=database.database) as session:
        session.run(_DELETE.format(label=name)).consume()
        session.run(_DELETE_CATALOGUE_ENTRY, name=name).consume()


def _create_nodes(driver: Driver, database: str, graph: SampleGraph, copy: int) -> Sequence[str]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for position, node in enumerate(graph.nodes):
        properties = {**node.properties, "copy": copy} if copy else node.properties
        rows["`:`".join((NAME, *node.labels))].append({"position": position, "properties": properties})
    identities = [""] * len(graph.nodes)
    for labels, batch in _batches(rows):
        records = driver.execute_query(_CREATE_NODES.format(labels=labels), rows=batch, database_=database).records
        for position, identity in records[0][0]:
            identities[position] = identity
    return identities


def _create_relationships(driver: Driver, database: str, graph: SampleGraph, identities: Sequence[str]) -> None:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in graph.relationships:
        ends = {"start": identities[each.start], "end": identities[each.end]}
        rows[each.type].append({**ends, "properties": each.properties})
    for kind, batch in _batches(rows):
        driver.execute_query(_CREATE_RELATIONSHIPS.format(type=kind), rows=batch, database_=database)


def _batches(rows: dict[str, list[Row]]) -> Iterator[tuple[str, list[Row]]]:
    for key, values in rows.items():
        remaining = iter(values)
        while batch := list(islice(remaining, _ROWS_PER_TRANSACTION)):
            yield key, batch


@contextmanager
def _connected(database: DatabaseSettings) -> Iterator[Driver]:
    auth = (database.user, database.password.get_secret_value())
    try:
        with GraphDatabase.driver(database.uri, auth=auth, max_transaction_retry_time=_RETRY_SECONDS) as driver:
            driver.verify_connectivity()  # fails at once, where a query would try again for half a minute
            yield driver
    except (DriverError, Neo4jError) as error:
        raise EngineError(f"The sample could not be loaded into {database.uri}: {error}") from error
