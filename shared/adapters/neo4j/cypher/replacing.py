"""Statements that replace an application by its successor."""

from __future__ import annotations

from shared.adapters.neo4j.cypher.names import (
    BATCH,
    IDS_OF_BATCH,
    IMPORT,
    IN_JOURNAL,
    RETIRED,
    STAGED,
    has_label,
    name_of,
)
from shared.catalogue import CATALOGUE_LABEL

_IS_REPLACED = """any(k IN range(0, size($names) - 1)
  WHERE e.Name = $names[k]
    AND $versions[k] IN ['', CASE WHEN coalesce(e.Version, '') = '' THEN '1.0.0' ELSE e.Version END])"""
"""Whether the entry is among $names with $versions, where an empty version means all."""

STANDING = f"""
OPTIONAL MATCH (j:{IMPORT} {{job: $job}})
WITH collect(j.replaced_labels) AS replaced
CALL (replaced) {{
  MATCH (j:{IMPORT}) WHERE j.job <> $job UNWIND j.labels AS label
  RETURN collect(DISTINCT label) AS imported
}}
CALL (imported) {{
  MATCH (entry:Application) WHERE entry.Name IS NOT NULL
  RETURN collect(properties(entry)) AS entries
}}
CALL (entries) {{
  CALL db.labels() YIELD label WHERE label IN $labels OR label CONTAINS '@'
  RETURN collect(label) AS in_use
}}
UNWIND [told IN replaced | ['stepped back', told]] + [told IN imported | ['imported', told]]
  + [told IN entries | ['entry', told]] + [told IN in_use | ['in use', told]] AS row
RETURN row[0], row[1]
"""
"""What of the catalogue and of imports says whose nodes are: rows in any order, each with what it tells.

It is read in this order, because each part takes what the one before has collected: an import that ends meanwhile is
seen as an import, or by its entry, and the label of an entry is seen in use.

- `stepped back`: the labels of what this job's import has begun to replace; at most one row.
- `imported`: a label that an application of another import is about to get.
- `entry`: what an entry of the catalogue holds.
- `in use`: a label that nodes carry, or indexes name: one of $labels, or one such as a version has, like `Shop@2`.
"""

_IS_ENTRY = "(n:Application AND n.Name IS NOT NULL)"
_IS_CLAIMED = "any(l IN labels(n) WHERE l IN $others)"


def count_label(label: str) -> str:
    """One row: how many nodes carry the label."""
    return f"MATCH (n:{name_of(label, 'label')}) RETURN count(n)"


def retire_nodes(label: str) -> str:
    """One row: the ids of at most $limit nodes that were taken out of the application, and now belong to none.

    Entries of the catalogue are nobody's content, and what an import has staged is its own.
    """
    return f"""
    MATCH (n:{name_of(label, "label")}) WHERE NOT {_IS_CLAIMED} AND NOT {_IS_ENTRY} AND NOT n:{STAGED}
    WITH n LIMIT $limit
    SET n:{RETIRED}
    REMOVE n:{name_of(label, "label")}
    RETURN collect(id(n))
    """


def release_shared_nodes(label: str) -> str:
    """One row: the ids of nodes that were taken out of the application and stay with others, how many were looked at.

    At most $limit are. Each is locked before its labels count, because the others may be about to leave it too.
    Entries of the catalogue stay, too.
    """
    stays = _IS_CLAIMED if label == CATALOGUE_LABEL else f"({_IS_CLAIMED} OR {_IS_ENTRY})"
    kept = f"AND NOT {_IS_ENTRY} " if label == CATALOGUE_LABEL else ""
    return f"""
    MATCH (n:{name_of(label, "label")}) WHERE {stays} {kept}AND NOT n:{STAGED}
    WITH n LIMIT $limit
    SET n.`_ferryLock` = true
    REMOVE n.`_ferryLock`
    WITH collect(n) AS nodes
    CALL (nodes) {{
      UNWIND nodes AS n
      WITH n WHERE {stays}
      REMOVE n:{name_of(label, "label")}
      RETURN collect(id(n)) AS released
    }}
    RETURN released, size(nodes)
    """


RETIRE_ENTRIES = f"""
MATCH (j:{IMPORT} {{job: $job}}) SET j.replaced_labels = $labels
WITH j
CALL () {{
  MATCH (e:Application) WHERE {_IS_REPLACED}
  SET e:{RETIRED}
  REMOVE e:Application
  RETURN collect(id(e)) AS ids
}}
WITH ids WHERE size(ids) > 0
CREATE (:{BATCH} {{key: $prefix + ids[0] + '/' + $label, label: $label, ids: ids, shared: []}})
"""
"""Lets the entries step back, with their record, and notes the labels of what goes."""

RECORDS = f"""
UNWIND $prefixes AS prefix
MATCH (b:{BATCH}) WHERE b.key STARTS WITH prefix
RETURN b.key, b.label, coalesce(b.shared, []) ORDER BY b.key
"""
"""A row for each record of nodes that lost a label: its key, the label, those of the nodes that stay with others.

The nodes that go are named by the record alone, because they may be millions.
"""


def strip_nodes(label: str) -> str:
    """One row: the ids of those of $ids that lost the label."""
    return f"""
    UNWIND $ids AS i
    MATCH (n) WHERE id(n) = i AND {has_label("n", label)}
    REMOVE n:{name_of(label, "label")}
    RETURN collect(id(n))
    """


def label_nodes(label: str) -> str:
    """Give nodes of the record $key a label that they have not; one row: how many, at most $limit."""
    return f"""
    {IDS_OF_BATCH}
    MATCH (n) WHERE id(n) = i AND NOT {has_label("n", label)}
    WITH n LIMIT $limit
    SET n:{name_of(label, "label")}
    RETURN count(n)
    """


def restore_nodes(label: str) -> str:
    """Give nodes of the record $key, retired or shared, back to their application; one row: how many.

    At most $limit are.
    """
    return f"""
    MATCH (b:{BATCH} {{key: $key}})
    UNWIND b.ids + b.shared AS i
    MATCH (n) WHERE id(n) = i AND (n:{RETIRED} OR i IN b.shared AND NOT {has_label("n", label)})
    WITH DISTINCT n LIMIT $limit
    SET n:{name_of(label, "label")}
    REMOVE n:{RETIRED}
    RETURN count(n)
    """


SET_RETIRED = f"{IN_JOURNAL} SET j.retired = true RETURN true"
IS_RETIRED = f"MATCH (j:{IMPORT} {{job: $job}}) RETURN coalesce(j.retired, false)"
