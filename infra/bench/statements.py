"""Every Cypher text that makes, counts or empties what is measured, named."""

from __future__ import annotations

CREATE_NODES = "UNWIND $rows AS row CREATE (n:`{labels}`) SET n = row RETURN collect(id(n))"

CREATE_RELATIONSHIPS = """
UNWIND $rows AS row
MATCH (a) WHERE id(a) = row[0]
MATCH (b) WHERE id(b) = row[1]
CREATE (a)-[r:`{type}`]->(b) SET r = row[2]
"""

CREATE_CATALOGUE_ENTRY = "CREATE (:Application {Name: $name})"

DELETE_RELATIONSHIPS = "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF $rows ROWS"

DELETE_NODES = "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF $rows ROWS"

_CONTENT = "MATCH (n) WHERE NOT n:Application AND none(x IN labels(n) WHERE x STARTS WITH '_Ferry')"
"""Not the journal of an import either, which the worker still drops for some time after the end."""

COUNT_NODES = f"{_CONTENT} RETURN count(n)"

COUNT_RELATIONSHIPS = "MATCH ()-[r]->() RETURN count(r)"

EACH_NODE = "MATCH (n:`{label}`) RETURN n"

EACH_RELATIONSHIP = "MATCH (n:`{label}`)-[r]->(m:`{label}`) RETURN r"

CREATE_LOOP_KEY = "CREATE CONSTRAINT loop_key IF NOT EXISTS FOR (n:Loaded) REQUIRE n._id IS UNIQUE"

DROP_LOOP_KEY = "DROP CONSTRAINT loop_key IF EXISTS"

MERGE_LOOP_NODES = "UNWIND $rows AS row MERGE (n:Loaded {{_id: row.id}}) SET n:`{labels}` SET n += row.properties"

CREATE_LOOP_RELATIONSHIPS = """
UNWIND $rows AS row
MATCH (a:Loaded {{_id: row.start}})
MATCH (b:Loaded {{_id: row.end}})
CREATE (a)-[r:`{type}`]->(b) SET r = row.properties
"""

DELETE_PADDING_RELATIONSHIPS = "MATCH ()-[r:PADDING]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS"

DELETE_PADDING_NODES = "MATCH (n:Padding) CALL (n) { DELETE n } IN TRANSACTIONS OF 20000 ROWS"

DELETE_RELATIONSHIPS_OF = "MATCH (:`{label}`)-[r]->() CALL (r) {{ DELETE r }} IN TRANSACTIONS OF $rows ROWS"

DELETE_NODES_OF = "MATCH (n:`{label}`) CALL (n) {{ DELETE n }} IN TRANSACTIONS OF $rows ROWS"

DELETE_CATALOGUE_ENTRY = "MATCH (n:Application {Name: $name}) DELETE n"

CENSUS = (
    f"{_CONTENT} UNWIND labels(n) AS x WITH x WHERE x <> $scope RETURN 'label ' + x, count(*)",
    "MATCH ()-[r]->() RETURN 'type ' + type(r), count(*)",
    f"{_CONTENT} UNWIND keys(n) AS x RETURN 'property key of nodes ' + x, count(*)",
    "MATCH ()-[r]->() UNWIND keys(r) AS x RETURN 'property key of relationships ' + x, count(*)",
)
"""Rows of a name and how often it stands there; what is called $scope is left out."""
