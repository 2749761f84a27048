"""Describes elements from rows that Neo4j has gathered."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.connection import Row
from shared.graph import NodeShape, RelationshipShape

_NEVER_NULL = " NOT NULL"
"""Stands behind the type of every value that is there."""


def make_node_shape(row: Row, scopes: frozenset[str]) -> NodeShape:
    """Read labels, keys with types, count."""
    labels, keys, count = row
    return NodeShape(labels=frozenset(labels) - scopes, keys=_types_of(keys), count=count)


def make_relationship_shape(row: Row, scopes: frozenset[str]) -> RelationshipShape:
    """Read type, labels of both ends, keys with types, count."""
    type_name, start, end, keys, count = row
    return RelationshipShape(
        type=type_name,
        start_labels=frozenset(start) - scopes,
        end_labels=frozenset(end) - scopes,
        keys=_types_of(keys),
        count=count,
    )


def _types_of(keys: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {key: type_name.replace(_NEVER_NULL, "") for key, type_name in keys}
