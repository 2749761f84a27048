"""Repairs and removes damaged entries of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from shared.adapters.neo4j.connection import Connection, Transaction
from shared.adapters.neo4j.cypher.catalogue import CATALOGUE_NODES, HELD_ENTRY, REMOVE_ENTRY, SET_ENTRY
from shared.adapters.neo4j.repeating import repeat
from shared.damaged_entries import damage_of, repair, require_no_content, require_no_other
from shared.errors import UnknownEntryError


async def repair_entry(connection: Connection, entry: str, values: Mapping[str, str | None]) -> None:
    """Give an entry other values. Raises: UnknownEntryError, InvalidRequestError, ConflictError."""
    await repeat(partial(_repair, connection, entry, values))


async def remove_entry(connection: Connection, entry: str) -> None:
    """Remove an entry that is no content. Raises: UnknownEntryError, ConflictError."""
    await repeat(partial(_remove, connection, entry))


async def _repair(connection: Connection, entry: str, values: Mapping[str, str | None]) -> None:
    async with connection.transaction({}) as transaction:
        properties, _ = await _hold(transaction, connection.name, entry)
        mended = repair(properties, values)
        require_no_other(mended, await _list_others(transaction, entry))
        await transaction.run(SET_ENTRY, {"entry": entry, "values": dict(values)})
        await transaction.commit()


async def _remove(connection: Connection, entry: str) -> None:
    async with connection.transaction({}) as transaction:
        _, labels = await _hold(transaction, connection.name, entry)
        require_no_content(labels, await _list_others(transaction, entry))
        await transaction.run(REMOVE_ENTRY, {"entry": entry})
        await transaction.commit()


async def _hold(transaction: Transaction, database: str, entry: str) -> tuple[Mapping[str, Any], Sequence[str]]:
    found = await transaction.run(HELD_ENTRY, {"entry": entry})
    if not found or damage_of(found[0][0]) is None:
        raise UnknownEntryError(entry, database)
    return found[0][0], found[0][1]


async def _list_others(transaction: Transaction, entry: str) -> Sequence[Mapping[str, Any]]:
    """List the properties of the entries without damage."""
    found = await transaction.run(CATALOGUE_NODES, {})
    return [properties for node, properties in found if node != entry and damage_of(properties) is None]
