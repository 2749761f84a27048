"""Statements that read back what an import has staged."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.application import relationships_of_blocks, relationships_of_groups
from shared.adapters.neo4j.cypher.names import STAGED

STAGED_NODES = f"""
UNWIND $ids AS i
MATCH (n) WHERE id(n) = i AND n:{STAGED}
RETURN collect([id(n), labels(n), properties(n)])
"""

STAGED_DEGREES = f"""
UNWIND $ids AS i
MATCH (n) WHERE id(n) = i AND n:{STAGED}
RETURN collect([id(n), COUNT {{ (n)-->() }}])
"""

JOINED_DEGREES = "UNWIND $ids AS i MATCH (n) WHERE id(n) = i RETURN collect([id(n), COUNT { (n)-->() }])"

TO_JOINED = f"(m:{STAGED} OR id(m) IN $joined)"
"""The end of a relationship that an import has written from a staged node, where nodes were joined."""

TO_JOINED_RELATIONSHIPS = relationships_of_groups(TO_JOINED)
TO_JOINED_RELATIONSHIP_BLOCKS = f"""
MATCH (n)-[r]->(m) WHERE id(n) = $start AND {TO_JOINED}
RETURN DISTINCT id(r) / $width AS block
"""
TO_JOINED_RELATIONSHIPS_OF_BLOCKS = relationships_of_blocks(TO_JOINED)

STAGED_RELATIONSHIPS = relationships_of_groups(f"m:{STAGED}")
STAGED_RELATIONSHIP_BLOCKS = f"""
MATCH (n) WHERE id(n) = $start
WITH DISTINCT n
MATCH (n)-[r]->(m) WHERE m:{STAGED}
RETURN DISTINCT id(r) / $width AS block
"""
STAGED_RELATIONSHIPS_OF_BLOCKS = relationships_of_blocks(f"m:{STAGED}")
