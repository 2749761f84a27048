"""The scope labels that a catalogue entry stands for."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.connection import Connection, Transaction
from shared.adapters.neo4j.cypher.replacing import REPLACED_ENTRIES
from shared.catalogue import labels_of_entry


async def find_labels(
    connection: Connection | Transaction, names: Sequence[str], versions: Sequence[str]
) -> Sequence[str]:
    """Return the scope labels of applications by name and version, where an empty version means all.

    A version's label is that of its entry, or the only one in use where the entry names none.
    """
    entries = [row[0] for row in await connection.run(REPLACED_ENTRIES, {"names": names, "versions": versions})]
    bare = {name for name, version in zip(names, versions, strict=True) if not version}
    bare -= {entry["Name"] for entry in entries}
    return sorted(bare.union(*(labels_of_entry(entry) for entry in entries)))
