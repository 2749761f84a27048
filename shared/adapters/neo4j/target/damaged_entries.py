"""Repairs and removes damaged entries of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Transaction
from shared.adapters.neo4j.cypher.catalogue import (
    CATALOGUE_NODES,
    HELD_ENTRY,
    REMOVE_ENTRY,
    SET_ENTRY,
    label_overlaps,
)
from shared.adapters.neo4j.cypher.journal import LABELS_HELD, LOCK_CLAIMS
from shared.adapters.neo4j.repeating import repeat
from shared.catalogue import labels_of_entry
from shared.damaged_entries import (
    damage_of,
    labels_claimed,
    labels_gained,
    refuse_capture,
    refuse_held,
    repair,
    require_no_content,
    require_no_other,
)
from shared.errors import UnknownEntryError

_Properties = Mapping[str, Any]


async def repair_entry(connection: AnyConnection, entry: str, values: Mapping[str, str | None]) -> None:
    """Give an entry other values. Raises: UnknownEntryError, InvalidRequestError, ConflictError."""
    await repeat(partial(_repair, connection, entry, values))


async def remove_entry(connection: AnyConnection, entry: str) -> None:
    """Remove an entry that is no content. Raises: UnknownEntryError, ConflictError."""
    await repeat(partial(_remove, connection, entry))


async def _repair(connection: AnyConnection, entry: str, values: Mapping[str, str | None]) -> None:
    async with connection.transaction({}) as transaction:
        await transaction.run(LOCK_CLAIMS, {})
        properties, _ = await _hold(transaction, connection.name, entry)
        mended, others = repair(properties, values), await _list_others(transaction, entry)
        require_no_other(properties, mended, others)
        await _require_no_capture(transaction, properties, mended, others)
        await transaction.run(SET_ENTRY, {"entry": entry, "values": dict(values)})
        await transaction.commit()


async def _require_no_capture(
    transaction: Transaction, damaged: _Properties, mended: _Properties, others: Sequence[_Properties]
) -> None:
    """Require that an entry will find no nodes of others, and of no import under way. Raises: ConflictError."""
    labels = sorted(labels_of_entry(mended))
    for label, job_id in await transaction.run(LABELS_HELD, {"job": "", "labels": labels, "content": labels}):
        raise refuse_held(label, job_id)
    claimed = sorted({label for each in others for label in labels_claimed(each)})
    for label in sorted(labels_gained(damaged, mended)):
        if await transaction.run(label_overlaps(label), {"label": label, "others": claimed}):
            raise refuse_capture(label)


async def _remove(connection: AnyConnection, entry: str) -> None:
    async with connection.transaction({}) as transaction:
        _, labels = await _hold(transaction, connection.name, entry)
        others = await _list_others(transaction, entry)
        require_no_content(labels, [each for each in others if damage_of(each) is None])
        await transaction.run(REMOVE_ENTRY, {"entry": entry})
        await transaction.commit()


async def _hold(transaction: Transaction, database: str, entry: str) -> tuple[_Properties, Sequence[str]]:
    found = await transaction.run(HELD_ENTRY, {"entry": entry})
    if not found or damage_of(found[0][0]) is None:
        raise UnknownEntryError(entry, database)
    return found[0][0], found[0][1]


async def _list_others(transaction: Transaction, entry: str) -> Sequence[_Properties]:
    """List the properties of the other entries."""
    return [properties for node, properties in await transaction.run(CATALOGUE_NODES, {}) if node != entry]
