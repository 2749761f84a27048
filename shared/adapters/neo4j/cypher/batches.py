"""Statements that write a batch of an import with its record."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.names import BATCH, IN_LANE, STAGED

BATCH_OF_KEY = f"MATCH (b:{BATCH} {{key: $key}}) RETURN properties(b)"

CREATE_BATCH = f"CREATE (b:{BATCH}) SET b = $batch"

BATCHES = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix AND b.key > $after
WITH b ORDER BY b.key LIMIT $limit
RETURN b.key, b.first, b.count, b.ids, b.withheld
"""

CREATE_NODES = f"""
{IN_LANE}
CALL () {{
  UNWIND $rows AS row
  CREATE (n:{STAGED}:$(row[0])) SET n = row[1]
  RETURN collect(id(n)) AS ids, min(id(n)) AS low, max(id(n)) AS high
}}
CREATE (b:{BATCH}) SET b = $batch, b.ids = ids, b.low = low, b.high = high, b.withheld = [at IN $withheld | ids[at]]
RETURN properties(b)
"""
"""$rows are [labels, properties]; what they make is recorded in the same transaction."""

CREATE_RELATIONSHIPS = f"""
{IN_LANE}
CALL () {{
  UNWIND $rows AS row
  MATCH (n) WHERE id(n) = row[0] AND n:{STAGED}
  MATCH (m) WHERE id(m) = row[1] AND m:{STAGED}
  CREATE (n)-[r:$(row[2])]->(m) SET r = row[3]
  RETURN count(r) AS created
}}
CREATE (b:{BATCH}) SET b = $batch, b.created = created
RETURN properties(b)
"""
"""$rows are [start id, end id, type, properties]. The count stands inside its own scope: outside it would give a row,
and a record, even where the lane is closed."""
