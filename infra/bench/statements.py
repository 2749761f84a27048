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

DELETE_RELATIONSHIPS = "MATCH ()-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS"

DELETE_NODES = "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 20000 ROWS"

COUNT_NODES = "MATCH (n) WHERE NOT n:Application RETURN count(n)"

COUNT_RELATIONSHIPS = "MATCH ()-[r]->() RETURN count(r)"
