"""Reads a database's indexes and constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.adapters.neo4j.connection import Connection, Row
from shared.adapters.neo4j.cypher.application import CONSTRAINTS, INDEXES
from shared.graph import SchemaEntry
from shared.node_keys import KeyForms


async def read_schema(connection: Connection) -> Sequence[SchemaEntry]:
    """List indexes and constraints by name; an index that a constraint owns, or one of ours, is left out."""
    rows = await connection.run(INDEXES) + await connection.run(CONSTRAINTS)
    return [_schema_entry(row) for row in rows if not row[1].startswith("_ferry")]


async def read_key_forms(connection: Connection, reference_keys: Mapping[str, Sequence[str]]) -> KeyForms:
    """Return what tells the database's nodes apart."""
    rows = await connection.run(CONSTRAINTS)
    return KeyForms.of((_schema_entry(row) for row in rows if not row[1].startswith("_ferry")), reference_keys)


def _schema_entry(row: Row) -> SchemaEntry:
    kind, name, index_type, entity, labels_or_types, properties = row
    return SchemaEntry(
        kind=kind,
        name=name,
        type=index_type,
        entity=entity,
        labels_or_types=tuple(labels_or_types),
        properties=tuple(properties or ()),
    )
