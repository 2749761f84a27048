"""How an import recognises a node it has joined, since Neo4j reuses ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Transaction
from shared.adapters.neo4j.cypher.sharing import HELD, STAGED_BY
from shared.adapters.neo4j.repeating import PatientReading

NUL = "\0"
"""Separates property keys within one text; the server takes no name with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A node that an import has joined."""

    id: int
    keys: tuple[str, ...]
    """The property keys of its constraint."""
    text: str
    """What it has under them, as the server says it."""

    def to_row(self) -> list[Any]:
        """Return it as statements take it."""
        return [self.id, list(self.keys), self.text]


def holds_of(record: Mapping[str, Any]) -> Sequence[Hold]:
    """Return the holds of a batch's record, in its order."""
    rows = zip(record["joined"], record["joined_keys"], record["joined_texts"], strict=True)
    return [Hold(id=node_id, keys=tuple(keys.split(NUL)), text=text) for node_id, keys, text in rows]


async def read_held(connection: AnyConnection | Transaction, ids: Sequence[int], *, but_for: str) -> list[int]:
    """Return those of the nodes that imports under way have joined, but for the import whose keys start so."""
    return list((await connection.run(HELD, {"ids": ids, "but_for": but_for}))[0][0])


async def read_stagers(reading: PatientReading, ids: Sequence[int]) -> Mapping[int, str]:
    """Return by id the jobs whose imports have staged these nodes."""
    if not ids:
        return {}
    rows = await reading.run(STAGED_BY, {"ids": list(ids), "low": min(ids), "high": max(ids)})
    return {node_id: key.rsplit("/", 2)[0] for key, some in rows for node_id in some}
