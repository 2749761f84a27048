"""Statements that connect an import to nodes outside it."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.cypher.names import (
    BATCH,
    IDS_OF_BATCH,
    IMPORT,
    IN_JOURNAL,
    LINK,
    RETIRED,
    STAYS,
    has_label,
    name_of,
    property_at,
)

CREATE_LINKS = f"UNWIND $rows AS row CREATE (x:{LINK}) SET x = row RETURN collect(id(x))"
"""One row: the ids of nodes that hold the properties $rows, in order."""

LINKS_OF = f"MATCH (b:{BATCH} {{key: $key}}) RETURN b.pending"

_LINKS_OF_PART = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
UNWIND range(0, size(b.links) - 1) AS k
WITH b, k, b.starts[k] + b.ends[k] AS ends WHERE ends % $parts = $part
"""

ENDS_OF_PART = f"{_LINKS_OF_PART} RETURN ends, collect(DISTINCT b.types[k])[..1] LIMIT 2"
"""At most two rows of links that other parts can have, each with a type of them."""

PUBLISH_LINKS = f"""
{_LINKS_OF_PART}
MATCH (x:{LINK}) WHERE id(x) = b.links[k]
MATCH (n) WHERE id(n) = b.starts[k]
MATCH (m) WHERE id(m) = b.ends[k]
MATCH (f) WHERE id(f) = b.fars[k] AND b.guards[k] IN labels(f)
  AND $labels[b.application] IN labels(CASE WHEN b.starts[k] = b.fars[k] THEN m ELSE n END)
WITH n, m, b.types[k] AS name, properties(x) AS own, b.application AS application, count(*) AS listed
WITH n, m, name, own, max(listed) AS wanted
WITH n, m, name, own, wanted, COUNT {{ (n)-[r]->(m) WHERE type(r) = name AND properties(r) = own }} AS present
UNWIND range(present + 1, wanted) AS missing
CREATE (n)-[r:$(name)]->(m) SET r = own
RETURN id(r)
"""
"""A row for each relationship created.

What is there already counts, and what the applications of both ends list counts once. All links between two nodes are
in one part, so that equal ones are counted together. An id given to another node since lacks the label that guards it:
a near end carries its application's of $labels by now.
"""

LINKED_RECORDS = f"MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix RETURN b.key"
DELETE_LINKED = f"""
MATCH (b:{BATCH} {{key: $key}})
WITH b, b.created[..$limit] AS some
SET b.created = b.created[$limit..]
WITH some
CALL (some) {{ UNWIND some AS i MATCH ()-[r]->() WHERE id(r) = i DELETE r }}
RETURN size(some)
"""
"""Delete the next $limit relationships that the record $key names; one row: how many it names no longer."""


def find_by_key(label: str, keys: Sequence[str]) -> str:
    """A row for each node of the label whose first key property is among $values: its id, labels, values of the key."""
    values = ", ".join(property_at("n", keys, at) for at in range(len(keys)))
    return f"""
    MATCH (n:{name_of(label, "label")}) WHERE {property_at("n", keys, 0)} IN $values AND NOT n:{RETIRED}
    RETURN id(n), labels(n), [{values}]
    """


def find_among(keys: Sequence[str]) -> str:
    """A row for each node of $ids whose first key property is among $values: its id, labels, values of the key."""
    values = ", ".join(property_at("n", keys, at) for at in range(len(keys)))
    return f"""
    UNWIND $ids AS i
    MATCH (n) WHERE id(n) = i AND {property_at("n", keys, 0)} IN $values
    RETURN id(n), labels(n), [{values}]
    """


CROSSING = f"""
UNWIND $keys AS key
MATCH (b:{BATCH} {{key: key}})
CALL (b) {{
  UNWIND b.ids AS i
  MATCH (o:{RETIRED}) WHERE id(o) = i AND EXISTS {{ (o)--(f) WHERE {STAYS} }}
  RETURN true AS crosses LIMIT 1
}}
RETURN key
"""
"""A row for each of the records $keys that names a node, which goes, with a relationship to one that stays."""


def move_relationships(label: str, keys: Sequence[str], *, leaving: bool) -> str:
    """One row: how many relationships between the nodes of the record $key, which go, and nodes that stay have moved.

    They hang on the successors now.

    A successor carries one of $labels, and is the only one with the key. Equal relationships that it has already count.
    """
    left, right = ("-", "->") if leaving else ("<-", "-")
    matching = " AND ".join(f"{property_at('n', keys, at)} = {property_at('o', keys, at)}" for at in range(len(keys)))
    return f"""
    {IDS_OF_BATCH}
    MATCH (o:{RETIRED}) WHERE id(o) = i AND ($stripped OR {has_label("o", label)})
      AND EXISTS {{ (o){left}[]{right}(f) WHERE {STAYS} }}
    MATCH (n:{name_of(label, "label")})
    WHERE {matching} AND NOT n:{RETIRED} AND any(each IN labels(n) WHERE each IN $labels)
    WITH o, collect(n) AS found WHERE size(found) = 1
    WITH o, found[0] AS n
    MATCH (o){left}[r]{right}(f) WHERE {STAYS}
    WITH n, f, type(r) AS name, properties(r) AS own, collect(r) AS old LIMIT $limit
    WITH *, COUNT {{ (n){left}[x]{right}(f) WHERE type(x) = name AND properties(x) = own }} AS present
    CALL (n, f, name, own, old, present) {{
      UNWIND range(present + 1, size(old)) AS missing
      CREATE (n){left}[x:$(name)]{right}(f) SET x = own
    }}
    FOREACH (r IN old | DELETE r)
    RETURN sum(size(old))
    """


def count_crossing(label: str) -> str:
    """One row: how many relationships join the application's nodes to nodes of no label in $labels, up to $limit."""
    return f"""
    MATCH (n:{name_of(label, "label")})-[r]-(m)
    WHERE NOT any(each IN labels(m) WHERE each IN $labels)
    WITH r LIMIT $limit
    RETURN count(r)
    """


DROP_LOST = f"""
{IDS_OF_BATCH}
MATCH (o:{RETIRED}) WHERE id(o) = i
MATCH (o)-[r]-(f) WHERE {STAYS}
WITH o, r, f LIMIT $limit
WITH o, r, type(r) AS name, startNode(r) = o AS leaves, [each IN labels(f) WHERE each IN $others] AS applications
DELETE r
RETURN name, leaves, applications
"""
"""A row for each relationship dropped, which found no successor."""

ADD_LOST = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.lost = coalesce(j.lost, 0) + $count, j.lost_listed = (coalesce(j.lost_listed, []) + $listed)[..$limit]
"""

SET_SUMMARY = f"{IN_JOURNAL} SET j.summary = $summary RETURN true"
