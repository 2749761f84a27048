"""Everything that a Neo4j database holds, counted in plain Cypher."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j.connection import Connection

_NODES = "MATCH (n) RETURN labels(n), keys(n), count(*)"
_RELATIONSHIPS = "MATCH (n)-[r]->(m) RETURN labels(n), type(r), labels(m), count(*)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How many nodes with which labels and keys, and how many relationships of which type between which labels."""

    nodes: Counter[tuple[Any, ...]]
    relationships: Counter[tuple[Any, ...]]


async def take_census(connection: Connection) -> Census:
    """Count, whatever it belongs to: an import's own nodes too."""
    nodes, relationships = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
    for labels, keys, count in await connection.run(_NODES):
        nodes[tuple(sorted(labels)), tuple(sorted(keys))] += count
    for start, type_name, end, count in await connection.run(_RELATIONSHIPS):
        relationships[tuple(sorted(start)), type_name, tuple(sorted(end))] += count
    return Census(nodes=nodes, relationships=relationships)
