"""Reads a database's indexes and constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.application import CONSTRAINTS, INDEXES, ONLINE_INDEXES
from shared.graph import SchemaEntry
from shared.index_keys import Index
from shared.node_keys import KeyForms


async def read_schema(connection: AnyConnection) -> Sequence[SchemaEntry]:
    """List indexes and constraints by name; an index that a constraint owns, or one of ours, is left out."""
    rows = await connection.run(INDEXES) + await connection.run(CONSTRAINTS)
    return [_schema_entry(row) for row in rows if not row[1].startswith("_ferry")]


async def read_key_forms(connection: AnyConnection, reference_keys: Mapping[str, Sequence[str]]) -> KeyForms:
    """Return what tells the database's nodes apart."""
    rows = await connection.run(CONSTRAINTS)
    return KeyForms.of((_schema_entry(row) for row in rows if not row[1].startswith("_ferry")), reference_keys)


async def read_limiting_indexes(connection: AnyConnection) -> Sequence[Index]:
    """Return the indexes that are kept up, and that values can be too long for; constraints have some of them."""
    found = [
        Index(
            name=name,
            type=index_type,
            entity=entity,
            labels_or_types=tuple(labels_or_types),
            properties=tuple(properties),
            analyzer=analyzer,
        )
        for name, index_type, entity, labels_or_types, properties, analyzer in await connection.run(ONLINE_INDEXES)
    ]
    return [each for each in found if each.has_limit]


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
