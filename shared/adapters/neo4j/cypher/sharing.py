"""Statements about nodes that other applications hold already."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.cypher.names import (
    BATCH,
    IN_JOURNAL,
    IN_LANE,
    JOINING,
    LINK,
    RETIRED,
    STAGED,
    key_text,
    name_of,
    property_at,
)


def holders_of_keys(label: str, keys: Sequence[str]) -> str:
    """A row for each node of the label with the key of one of $rows of [place, value, …].

    Its values are place, id, labels, the text of the key.
    """
    return f"""
    {_match_keys(label, keys)}
    RETURN row[0], id(n), labels(n), {key_text("n", "$keys")}
    """


def nodes_of_keys(label: str, keys: Sequence[str]) -> str:
    """As holders_of_keys, with the node's properties instead of the text of the key."""
    return f"""
    {_match_keys(label, keys)}
    RETURN row[0], id(n), labels(n), properties(n)
    """


def _match_keys(label: str, keys: Sequence[str]) -> str:
    same = " AND ".join(f"{property_at('n', keys, at)} = row[{at + 1}]" for at in range(len(keys)))
    return f"UNWIND $rows AS row MATCH (n:{name_of(label, 'label')}) WHERE {same}"


STAGED_BY = f"""
MATCH (b:{BATCH}) WHERE b.low <= $high AND b.high >= $low AND any(i IN b.ids WHERE i IN $ids)
RETURN b.key, [i IN b.ids WHERE i IN $ids]
"""
"""A row for each record that names some of $ids, all between $low and $high: its key, those ids.

Only records whose own bounds meet these are read whole.
"""

_IS_SAME = f"{key_text('n', 'hold[1]')} = hold[2]"
"""Whether the node of a hold, [id, property keys, text of the key], has not given its id to another since."""

_HELD_NODES = f"UNWIND $holds AS hold MATCH (n) WHERE id(n) = hold[0] AND {_IS_SAME}"

NODES_OF_HOLDS = f"{_HELD_NODES} RETURN id(n), labels(n), properties(n)"
"""A row for each of $holds whose node is still the same."""

HELD = f"""
MATCH (b:{JOINING}) WHERE $but_for = '' OR NOT b.key STARTS WITH $but_for
UNWIND b.joined AS i
WITH DISTINCT i WHERE i IN $ids
RETURN collect(i)
"""
"""One row: those of $ids that imports have joined, but for one whose keys start so."""

CREATE_PLACED_NODES = f"""
{IN_LANE}
CALL () {{
  UNWIND $joined AS pair
  MATCH (n) WHERE id(n) = pair[0]
  SET n.`_ferryLock` = true
  REMOVE n.`_ferryLock`
  WITH n, pair WHERE pair[1] IN labels(n) AND NOT n:{RETIRED} AND (pair[2] OR NOT n:{STAGED})
    AND {key_text("n", "pair[3]")} = pair[4]
  RETURN count(n) = size($joined) AS fits
}}
CALL (fits) {{
  UNWIND CASE WHEN fits THEN $rows ELSE [] END AS row
  CREATE (n:{STAGED}:$(row[0])) SET n = row[1]
  RETURN collect(id(n)) AS created
}}
WITH fits, created, [place IN $places | CASE WHEN place < 0 THEN $joined[-1 - place][0] ELSE created[place] END] AS ids
FOREACH (once IN CASE WHEN fits THEN [1] ELSE [] END |
  CREATE (b:{BATCH}:{JOINING})
  SET b = $batch, b.ids = ids, b.withheld = [at IN $withheld | ids[at]], b.late = [at IN $late | ids[at]]
  SET b.made = created, b.low = reduce(low = ids[0], i IN ids | CASE WHEN i < low THEN i ELSE low END),
    b.high = reduce(high = ids[0], i IN ids | CASE WHEN i > high THEN i ELSE high END)
)
RETURN fits
"""
"""$rows are [labels, properties] of nodes to create.

$joined are [id, label, whether this import has staged it, property keys, text of the key].

$places says for each node of the batch which of the created it is, or (-1, -2, …) which of the joined. What is joined
is locked before its labels are read again: when one has changed nothing is written, and the answer is false.
"""

PLACED = f"""
MATCH (b:{JOINING}) WHERE b.key STARTS WITH $prefix AND b.key > $after
WITH b ORDER BY b.key LIMIT $limit
RETURN b.key, properties(b)
"""

CREATE_JOINING_RELATIONSHIPS = f"""
{IN_LANE}
CALL () {{ {_HELD_NODES} RETURN collect(id(n)) AS joined }}
CALL (joined) {{
  UNWIND $rows AS row
  MATCH (n) WHERE id(n) = row[0] AND (n:{STAGED} OR id(n) IN joined)
  MATCH (m) WHERE id(m) = row[1] AND (m:{STAGED} OR id(m) IN joined)
  CREATE (n)-[r:$(row[2])]->(m) SET r = row[3]
  RETURN count(r) AS created
}}
CALL () {{
  UNWIND $links AS link
  CREATE (x:{LINK}) SET x = link
  RETURN collect(id(x)) AS links
}}
CREATE (k:{BATCH}) SET k = $link_batch, k.links = links
CREATE (b:{BATCH}) SET b = $batch, b.created = created + size(links)
RETURN properties(b)
"""
"""As CREATE_RELATIONSHIPS, where ends may be those of $holds; between two of them there is only a link for now."""

UNRETIRE = f"UNWIND $ids AS i MATCH (n) WHERE id(n) = i REMOVE n:{RETIRED}"

RETIRE_UNOWNED = f"""
{_HELD_NODES}
  AND NOT n:{STAGED} AND NOT n:{RETIRED} AND NOT any(l IN labels(n) WHERE l IN $others)
SET n:{RETIRED}
RETURN collect(id(n))
"""
"""One row: the nodes of those of $holds that no application carries any more."""

SET_WAITING = f"{IN_JOURNAL} SET j.waiting = $waiting RETURN true"
