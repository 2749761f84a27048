"""Statements that remove an import and its journal."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.names import (
    BATCH,
    CATALOGUE,
    CLAIM,
    IDS_OF_BATCH,
    IN_JOURNAL,
    IN_LANE,
    LANE,
    LINK,
    MADE,
    STAYS,
)


def _delete_relationships(marker: str, pattern: str, *, inside: bool) -> str:
    return f"""
    {IN_LANE}
    CALL () {{
      {IDS_OF_BATCH}
      MATCH (n) WHERE id(n) = i AND n:{marker}
      WITH DISTINCT n
      MATCH {pattern} {_where(inside)}
      WITH DISTINCT r LIMIT $limit
      DELETE r
      RETURN count(*) AS deleted
    }}
    RETURN deleted
    """


def _where(inside: bool) -> str:
    return f"WHERE NOT ({STAYS})" if inside else ""


def release_claimed(marker: str) -> str:
    """One row: how many marked nodes of the record $key stay, at most $limit: they carry one of the labels $others."""
    return f"""
    {IN_LANE}
    CALL () {{
      {IDS_OF_BATCH}
      MATCH (n) WHERE id(n) = i AND n:{marker} AND any(l IN labels(n) WHERE l IN $others)
      WITH DISTINCT n LIMIT $limit
      REMOVE n:{marker}
      RETURN count(*) AS released
    }}
    RETURN released
    """


def next_marked(marker: str) -> str:
    """A row for the first of the marked nodes of the record $key: its id, labels."""
    return f"{IDS_OF_BATCH} MATCH (n) WHERE id(n) = i AND n:{marker} RETURN id(n), labels(n) LIMIT 1"


def delete_outgoing(marker: str, *, inside: bool) -> str:
    """One row: how many relationships from the marked nodes of the record $key were deleted, at most $limit.

    `inside`: but for those to nodes that stay.
    """
    return _delete_relationships(marker, "(n)-[r]->(f)", inside=inside)


def delete_attached(marker: str, *, inside: bool) -> str:
    """One row: likewise for relationships in either direction."""
    return _delete_relationships(marker, "(n)-[r]-(f)", inside=inside)


def delete_nodes(marker: str) -> str:
    """One row: how many marked nodes of the record $key were deleted, at most $limit, how many are there still.

    Those with relationships are left. The record goes with the last of them.
    """
    return f"""
    {IN_LANE}
    CALL () {{ {_marked(marker)} AND NOT EXISTS {{ (n)--() }} WITH n LIMIT $limit DELETE n RETURN count(*) AS deleted }}
    CALL () {{ {_marked(marker)} RETURN count(n) AS left }}
    {_END_RECORD}
    RETURN deleted, left
    """


def delete_all(marker: str, *, inside: bool) -> str:
    """Do what release_claimed, delete_attached and delete_nodes do, each no more than $limit, as far as that goes.

    One row: how many relationships were deleted, how many nodes, how many marked nodes are there still.
    """
    of_record = f"{IDS_OF_BATCH} MATCH (n) WHERE id(n) = i AND n:{marker}"
    return f"""
    {IN_LANE}
    CALL () {{
      {of_record} AND any(l IN labels(n) WHERE l IN $others)
      WITH DISTINCT n LIMIT $limit
      REMOVE n:{marker}
      RETURN count(*) AS released
    }}
    CALL (released) {{
      WITH released WHERE released < $limit
      {of_record}
      WITH DISTINCT n
      MATCH (n)-[r]-(f) {_where(inside)}
      WITH DISTINCT r LIMIT $limit
      DELETE r
      RETURN count(*) AS relationships
    }}
    CALL (released, relationships) {{
      WITH released WHERE released < $limit AND relationships < $limit
      {_marked(marker)} AND NOT EXISTS {{ (n)--() }}
      WITH n LIMIT $limit
      DELETE n
      RETURN count(*) AS nodes
    }}
    CALL (nodes) {{ {_marked(marker)} RETURN count(n) AS left }}
    {_END_RECORD}
    RETURN relationships, nodes, left
    """


def _marked(marker: str) -> str:
    return f"MATCH (b:{BATCH} {{key: $key}}) UNWIND {MADE} AS i MATCH (n) WHERE id(n) = i AND n:{marker}"


_END_RECORD = f"""
CALL (left) {{
  MATCH (b:{BATCH} {{key: $key}}) WHERE left = 0
  SET b.ids = []
  WITH b WHERE size(coalesce(b.shared, [])) = 0
  DELETE b
}}
"""
"""Ends a record whose nodes are gone. One that tells of shared nodes stays: others still ask what was inside."""

DELETE_BATCHES = f"MATCH (b:{BATCH}) WHERE b.key STARTS WITH $prefix WITH b LIMIT $limit DELETE b RETURN count(*)"

FORGET = f"""
{IN_JOURNAL}
CALL (j) {{
  MATCH (b:{BATCH}) WHERE b.key STARTS WITH j.job + '/'
  WITH b LIMIT $limit
  CALL (b) {{ UNWIND coalesce(b.links, []) AS i MATCH (x:{LINK}) WHERE id(x) = i DELETE x }}
  DELETE b
  RETURN count(*) < $limit AS is_last
}}
CALL (j, is_last) {{
  WITH j WHERE is_last
  CALL (j) {{ UNWIND j.catalogue AS i MATCH (c:{CATALOGUE}) WHERE id(c) = i DELETE c }}
  CALL (j) {{ MATCH (l:{LANE}) WHERE l.key STARTS WITH j.job + '/' DELETE l }}
  CALL (j) {{ UNWIND j.claims AS label MATCH (k:{CLAIM} {{label: label}}) WHERE k.job = j.job DELETE k }}
  DELETE j
}}
RETURN is_last
"""
"""One row: whether all is gone. At most $limit records go at once, each with its links; the journal with the last."""
