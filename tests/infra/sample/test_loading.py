"""Tests of loading the sample into a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from neo4j import GraphDatabase

from infra.engines.process import EngineError
from infra.sample.graph import SampleGraph
from infra.sample.loading import load_sample, remove_application
from shared.settings.databases import DatabaseSettings


@pytest.fixture
def graph() -> SampleGraph:
    graph = SampleGraph()
    module = graph.add_node("Module", "Object", name="shop", digest=b"\x00\xff")
    function = graph.add_node("Function", "Object", name="total", decorators=[])
    graph.relate(module, "CONTAINS", function, line=3, alias=None)
    graph.relate(function, "CALLS", function, lines=[4, 5])
    return graph


def _ask(database: DatabaseSettings, query: str) -> Sequence[Any]:
    with GraphDatabase.driver(database.uri, auth=(database.user, database.password.get_secret_value())) as driver:
        return [record.values() for record in driver.execute_query(query).records]


def test_the_application_is_loaded_in_copies_under_its_label(neo4j: DatabaseSettings, graph: SampleGraph) -> None:
    load_sample(neo4j, graph, version="3.11.7", copies=2)
    assert _ask(neo4j, "MATCH (n:`Python library`:Object) RETURN count(n)") == [[4]]
    found = "MATCH (a:Module)-[r:CONTAINS]->(b:Function)-[s:CALLS]->(b) WHERE a.copy IS NULL"
    assert _ask(neo4j, f"{found} RETURN a.digest, properties(r), b.decorators, s.lines") == [
        [b"\x00\xff", {"line": 3}, [], [4, 5]]
    ]
    assert _ask(neo4j, "MATCH (a:Application) RETURN a.Name, a.Version, a.Copies") == [["Python library", "3.11.7", 2]]


def test_an_application_is_removed_and_nothing_else(neo4j: DatabaseSettings, graph: SampleGraph) -> None:
    load_sample(neo4j, graph, version="3.11.7")
    _ask(neo4j, "CREATE (:Other)")
    remove_application(neo4j, "Python library")
    assert _ask(neo4j, "MATCH (n) RETURN labels(n)") == [[["Other"]]]


def test_an_unreachable_database_is_named(graph: SampleGraph) -> None:
    database = DatabaseSettings(uri="bolt://127.0.0.1:9")
    with pytest.raises(EngineError, match=r"could not be loaded into bolt://127\.0\.0\.1:9"):
        load_sample(database, graph, version="3.11.7")
