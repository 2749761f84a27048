"""Statements that publish an import, and that undo it."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.journal import ENTER_PHASE
from shared.adapters.neo4j.cypher.names import (
    BATCH,
    CATALOGUE,
    IMPORT,
    IN_JOURNAL,
    IN_LANE,
    JOINED,
    MADE,
    STAGED,
    has_label,
    key_text,
    name_of,
)


def _publish_nodes(name: str) -> str:
    """Give the nodes of $pieces a scope label; not one that only has the id of one of them.

    A piece is the key of a record, and which of its nodes are meant: from `low` to before `high`.
    """
    return f"""
    UNWIND $pieces AS piece
    MATCH (b:{BATCH} {{key: piece.key}})
    CALL (b, piece) {{
      UNWIND {MADE}[piece.low..piece.high] AS i
      MATCH (n) WHERE id(n) = i AND n:{STAGED}
      SET n:{name}
      REMOVE n:{STAGED}
    }}
    CALL (b, piece) {{
      UNWIND range(0, size({JOINED}) - 1)[piece.low..piece.high] AS k
      MATCH (n) WHERE id(n) = b.joined[k] AND {key_text("n", "split(b.joined_keys[k], $nul)")} = b.joined_texts[k]
      SET n:{name}
    }}
    """


def _publish_withheld(label: str) -> str:
    """Give the nodes of $pieces, which have the scope label that an expression says, what they must not have earlier.

    The label Application would make a node look like a catalogue entry. Labels under whose constraint a node that is
    replaced had the key come late, too.
    """
    return f"""
    UNWIND $pieces AS piece
    MATCH (b:{BATCH} {{key: piece.key}})
    UNWIND [i IN b.withheld | [i, 'Application']]
      + [k IN range(0, size(coalesce(b.late, [])) - 1) | [b.late[k], b.late_labels[k]]] AS pair
    MATCH (n) WHERE id(n) = pair[0] AND {label} IN labels(n) AND NOT pair[1] IN labels(n)
    SET n:$(pair[1])
    """


def publish_in_lane(label: str) -> str:
    """Publish the nodes of $pieces, all of one application, as a transaction of its own."""
    return f"""
    {IN_LANE}
    CALL () {{ {_publish_nodes(name_of(label, "label"))} }}
    CALL () {{ {_publish_withheld("$label")} }}
    RETURN true
    """


def unpublish_nodes(label: str) -> str:
    """Take the nodes of $pieces back among the staged ones."""
    return f"""
    UNWIND $pieces AS piece
    MATCH (b:{BATCH} {{key: piece.key}})
    CALL (b, piece) {{
      UNWIND {MADE}[piece.low..piece.high] AS i
      MATCH (n) WHERE id(n) = i AND {has_label("n", label)}
      SET n:{STAGED}
      REMOVE n:{name_of(label, "label")}
    }}
    CALL (b, piece) {{
      UNWIND {JOINED}[piece.low..piece.high] AS i
      MATCH (n) WHERE id(n) = i AND {has_label("n", label)}
      REMOVE n:{name_of(label, "label")}
    }}
    """


WITHDRAW_LATE = f"""
MATCH (b:{BATCH} {{key: $key}})
UNWIND range(0, size(coalesce(b.late, [])) - 1) AS k
MATCH (n) WHERE id(n) = b.late[k] AND (n:{STAGED} OR $label IN labels(n)) AND b.late_labels[k] IN labels(n)
WITH n, b.late_labels[k] AS late LIMIT $limit
REMOVE n:$(late)
RETURN count(*)
"""
"""One row: how many late labels of the record $key were taken away, at most $limit."""

BATCH_SIZES = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix
RETURN b.key, b.count, b.application ORDER BY b.key
"""

TO_PUBLISH = f"""
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $nodes
RETURN b.key AS key, b.count AS size, b.application AS application
UNION ALL
MATCH (b:{BATCH}) WHERE b.key STARTS WITH $links
WITH sum(size(b.links)) AS links
RETURN '' AS key, links AS size, null AS application
"""
"""A row for each record of nodes, as BATCH_SIZES has it, in any order; one without a key says how many links wait."""

PUBLISH_CATALOGUE = f"""
MATCH (j:{IMPORT} {{job: $job}})
UNWIND j.catalogue AS i
MATCH (c:{CATALOGUE}) WHERE id(c) = i
SET c:Application
REMOVE c:{CATALOGUE}
"""

PUBLISH_AT_ONCE = f"""
{IN_JOURNAL}
CALL () {{ {_publish_nodes("$(piece.label)")} }}
CALL () {{ {_publish_withheld("piece.label")} }}
CALL () {{ {PUBLISH_CATALOGUE} }}
{ENTER_PHASE}
RETURN DISTINCT j.phase
"""
"""Publishes all nodes, each piece with its own label, enters the catalogue, and enters the phase $phase.

It names no label, so that a server plans it once for all imports.
"""
