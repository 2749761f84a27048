"""The judge itself: it must see every planted defect."""

from __future__ import annotations

import pytest
from neo4j import GraphDatabase

from shared.settings.databases import DatabaseSettings
from tests.support.comparer import Place, compare
from tests.support.stacks.engines import wipe_database

GRAPH = """
CREATE (a:{0}:Class {{name: 'a', size: 1}}), (b:{0}:Class {{name: 'b', size: 2}}),
       (c:{0}:Function {{name: 'twin'}}), (d:{0}:Function {{name: 'twin'}}), (e:{0}:Function {{name: 'e'}}),
       (a)-[:HAS]->(c), (b)-[:HAS]->(d), (c)-[:CALLS {{weight: 1.5}}]->(e), (a)-[:HAS]->(a)
"""

DEFECTS = {
    "node dropped": "MATCH (n:Right {name: 'e'}) DETACH DELETE n",
    "relationship dropped": "MATCH (:Right)-[r:CALLS]->() DELETE r",
    "node doubled": "CREATE (:Right:Function {name: 'twin'})",
    "relationship doubled": "MATCH (n:Right)-[r:CALLS]->(m) CREATE (n)-[:CALLS {weight: 1.5}]->(m)",
    "rewired": "MATCH (n:Right)-[r:CALLS]->(m), (b:Right {name: 'b'}) DELETE r CREATE (n)-[:CALLS {weight: 1.5}]->(b)",
    "rewired to a twin": """MATCH (n:Right)-[r:CALLS]->(m), (:Right {name: 'b'})-[:HAS]->(twin)
        DELETE r CREATE (twin)-[:CALLS {weight: 1.5}]->(m)""",
    "turned round": "MATCH (n:Right)-[r:CALLS]->(m) DELETE r CREATE (m)-[:CALLS {weight: 1.5}]->(n)",
    "type changed": "MATCH (n:Right)-[r:CALLS]->(m) DELETE r CREATE (n)-[:USES {weight: 1.5}]->(m)",
    "label added": "MATCH (n:Right {name: 'e'}) SET n:Extra",
    "value retyped": "MATCH (n:Right {name: 'a'}) SET n.size = 1.0",
    "value turned to text": "MATCH (n:Right {name: 'a'}) SET n.size = '1'",
    "property lost": "MATCH (n:Right {name: 'a'}) REMOVE n.size",
    "list retyped": "MATCH (n:Right {name: 'a'}) SET n.size = [1]",
    "relationship value changed": "MATCH (:Right)-[r:CALLS]->() SET r.weight = 1.25",
}


def run(database: DatabaseSettings, *statements: str) -> None:
    auth = (database.user, database.password.get_secret_value())
    with GraphDatabase.driver(database.uri, auth=auth) as driver, driver.session() as session:
        for statement in statements:
            session.run(statement).consume()


def place(database: DatabaseSettings, label: str) -> Place:
    return Place(database.uri, database.user, database.password.get_secret_value(), label)


@pytest.fixture
def two_equal(neo4j_2026: DatabaseSettings) -> DatabaseSettings:
    wipe_database(neo4j_2026)
    run(neo4j_2026, GRAPH.format("Left"), GRAPH.format("Right"))
    return neo4j_2026


def test_equal_applications_are_equal(two_equal: DatabaseSettings) -> None:
    assert compare(place(two_equal, "Left"), place(two_equal, "Right")) == []


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_seen(two_equal: DatabaseSettings, defect: str) -> None:
    run(two_equal, DEFECTS[defect])
    assert compare(place(two_equal, "Left"), place(two_equal, "Right")) != []
