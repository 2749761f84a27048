"""Tests of the embedded Neo4j servers."""

from __future__ import annotations

from neo4j import GraphDatabase

from shared.settings.databases import DatabaseSettings


def test_server_is_empty_and_of_a_known_version(neo4j: DatabaseSettings) -> None:
    with GraphDatabase.driver(neo4j.uri, auth=(neo4j.user, neo4j.password.get_secret_value())) as driver:
        driver.execute_query("CREATE CONSTRAINT one FOR (n:A) REQUIRE n.x IS UNIQUE")
        driver.execute_query("CREATE INDEX two FOR (n:A) ON (n.y)")
        driver.execute_query("CREATE (:A {x: 1})-[:R]->(:B)")
        found = driver.execute_query("MATCH (n) RETURN count(n)").records
        version = driver.execute_query("CALL dbms.components() YIELD versions RETURN versions[0]").records[0][0]
    assert found[0][0] == 2
    assert version in {"2026.08.1", "5.26.30"}
