"""Statements that publish an import, and that undo it."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.names import (
    BATCH,
    CATALOGUE,
    IMPORT,
    IN_LANE,
    JOINED,
    MADE,
    STAGED,
    has_label,
    key_text,
    name_of,
)


def publish_nodes(label: str) -> str:
    """Give the nodes of $pieces their scope label; not one that only has the id of one of them.

    A piece is the key of a record, and which of its nodes are meant: from `low` to before `high`.
    """
    return f"""
    UNWIND $pieces AS piece
    MATCH (b:{BATCH} {{key: piece.key}})
    CALL (b, piece) {{
      UNWIND {MADE}[piece.low..piece.high] AS i
      MATCH (n) WHERE id(n) = i AND n:{STAGED}
      SET n:{name_of(label, "label")}
      REMOVE n:{STAGED}
    }}
    CALL (b, piece) {{
      UNWIND range(0, size({JOINED}) - 1)[piece.low..piece.high] AS k
      MATCH (n) WHERE id(n) = b.joined[k] AND {key_text("n", "split(b.joined_keys[k], $nul)")} = b.joined_texts[k]
      SET n:{name_of(label, "label")}
    }}
    """


def publish_in_lane(label: str) -> str:
    """Do what publish_nodes and PUBLISH_WITHHELD do, as a transaction of its own."""
    return f"""
    {IN_LANE}
    CALL () {{ {publish_nodes(label)} }}
    CALL () {{ {PUBLISH_WITHHELD} }}
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


PUBLISH_WITHHELD = f"""
UNWIND $pieces AS piece
MATCH (b:{BATCH} {{key: piece.key}})
UNWIND [i IN b.withheld | [i, 'Application']]
  + [k IN range(0, size(coalesce(b.late, [])) - 1) | [b.late[k], b.late_labels[k]]] AS pair
MATCH (n) WHERE id(n) = pair[0] AND $label IN labels(n) AND NOT pair[1] IN labels(n)
SET n:$(pair[1])
"""
"""The label Application would make a node look like a catalogue entry, so it comes only now.

So do labels under whose constraint a node that is replaced had the key.
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

PUBLISH_CATALOGUE = f"""
MATCH (j:{IMPORT} {{job: $job}})
UNWIND j.catalogue AS i
MATCH (c:{CATALOGUE}) WHERE id(c) = i
SET c:Application
REMOVE c:{CATALOGUE}
"""
