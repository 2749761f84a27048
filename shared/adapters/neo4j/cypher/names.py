"""The labels that imports keep in the graph, and how names are quoted in statements."""

from __future__ import annotations

from collections.abc import Sequence

STAGED = "_FerryStaged"
IMPORT = "_FerryImport"
CLAIM = "_FerryClaim"
LANE = "_FerryLane"
BATCH = "_FerryBatch"
CATALOGUE = "_FerryCatalogue"
RETIRED = "_FerryRetired"
JOINING = "_FerryJoining"
"""A batch record that may name nodes of others."""
IN_LANE = f"""
MATCH (l:{LANE} {{key: $lane}})
SET l.locked = true
WITH l WHERE l.epoch = $epoch AND l.phase = $phase
"""
"""Opens a statement that is a transaction of its own: no row where another epoch, or another phase, has begun."""
IN_JOURNAL = f"""
MATCH (j:{IMPORT} {{job: $job}})
SET j.locked = true
WITH j WHERE j.epoch = $epoch
"""
"""As IN_LANE, for what concerns the whole import: no row where the journal is gone, or has another epoch.

The write lock is taken before the epoch is compared, so that the comparison sees the last commit.
"""
IDS_OF_BATCH = f"MATCH (b:{BATCH} {{key: $key}}) UNWIND b.ids AS i"
"""A row for each node that the record $key names: its id."""
MADE = "coalesce(b.made, b.ids)"
"""The nodes that a record's batch has created."""
STAYS = f"NOT f:{RETIRED} AND NOT id(f) IN $released"
"""Whether f stays where its neighbour goes; what leads to nodes that the old application shared was inside it."""
JOINED = "coalesce(b.joined, [])"
"""The nodes of others, or of other batches, that a record names."""
LINK = "_FerryLink"
"""A relationship that waits for the publish point, as a node that holds its properties."""


def name_of(name: str, parameter: str) -> str:
    """Write a label or type into a statement: quoted, or bound to a parameter where quoting would not be exact.

    Cypher reads escapes of code points inside backticks too, so a name with a backslash or backtick is bound.
    """
    return f"`{name}`" if is_quotable(name) else f"$(${parameter})"


def has_label(node: str, label: str) -> str:
    """Test a node for a label inside WHERE, where bound names may not stand; the parameter is $label."""
    return f"{node}:`{label}`" if is_quotable(label) else f"$label IN labels({node})"


def is_quotable(name: str) -> bool:
    """Whether the name can stand in backticks as it is."""
    return "`" not in name and "\\" not in name


def property_at(node: str, names: Sequence[str], at: int) -> str:
    """Write the property of a node whose name stands at a place of the parameter $keys; quoted where that is exact."""
    return f"{node}.`{names[at]}`" if is_quotable(names[at]) else f"{node}[$keys[{at}]]"


def key_text(node: str, names: str) -> str:
    """Say in one text what a node has under property keys, themselves an expression for a list."""
    return f"reduce(text = '', name IN {names} | text + '|' + coalesce(toStringOrNull({node}[name]), ''))"
