"""Taking an import back, by its records."""

from __future__ import annotations

from shared.adapters import cypher
from shared.adapters.neo4j_driver import Transaction
from shared.adapters.neo4j_journal import Journal
from shared.adapters.neo4j_publish import set_phase
from shared.ports import JournalPhase, UndoReport

RELATIONSHIPS_AT_ONCE = 10_000
"""Relationships deleted in one transaction: a node may have hundreds of thousands."""

RECORDS_AT_ONCE = 100


async def undo_import(journal: Journal) -> UndoReport:
    """Remove all that the records name, relationships first, each record with its nodes; then the journal itself.

    Raises: LeaseLost.
    """
    if journal.record.phase is JournalPhase.PUBLISHING:
        await _unpublish(journal)
    await set_phase(journal, JournalPhase.UNDOING)
    nodes = relationships = left = 0
    for key, _, _, ids, _ in await journal.connection.run(cypher.BATCHES, {"prefix": journal.prefix("n")}):
        relationships += await _delete_relationships(journal, ids)
        nodes += await _delete_nodes(journal, key, ids)
        left += (await journal.connection.run(cypher.STAGED_LEFT, {"ids": ids}))[0][0]
    await forget_import(journal)
    return UndoReport(nodes_removed=nodes, relationships_removed=relationships, nodes_left=left)


async def _unpublish(journal: Journal) -> None:
    """Hide again what an import that cannot be completed had shown; its catalogue entry had not come yet."""
    for key, _, application in await journal.connection.run(cypher.BATCH_SIZES, {"prefix": journal.prefix("n")}):
        await _unpublish_batch(journal, key, journal.record.labels[application])


async def _unpublish_batch(journal: Journal, key: str, label: str) -> None:
    async def hide(transaction: Transaction) -> None:
        await transaction.run(cypher.unpublish_nodes(label), {"keys": [key], "label": label})

    await journal.write(hide, lane=False)


async def forget_import(journal: Journal) -> None:
    """Remove the records, then the journal with its lanes, claim and unpublished catalogue entry. Raises: LeaseLost."""
    for phase in ("n", "r"):
        while await _delete_records(journal, phase):
            pass

    async def delete(transaction: Transaction) -> None:
        await transaction.run(cypher.DELETE_JOURNAL, {"job": journal.record.job_id})

    await journal.write(delete, lane=False)


async def _delete_relationships(journal: Journal, ids: list[int]) -> int:
    async def delete(transaction: Transaction) -> int:
        parameters = {"ids": ids, "limit": RELATIONSHIPS_AT_ONCE}
        return int((await transaction.run(cypher.UNDO_RELATIONSHIPS, parameters))[0][0])

    total = 0
    while deleted := await journal.write(delete, lane=False):
        total += deleted
    return total


async def _delete_nodes(journal: Journal, key: str, ids: list[int]) -> int:
    async def delete(transaction: Transaction) -> int:
        deleted = int((await transaction.run(cypher.UNDO_NODES, {"ids": ids}))[0][0])
        await transaction.run(cypher.DELETE_BATCH, {"key": key})
        return deleted

    return await journal.write(delete, lane=False)


async def _delete_records(journal: Journal, phase: str) -> int:
    async def delete(transaction: Transaction) -> int:
        parameters = {"prefix": journal.prefix(phase), "limit": RECORDS_AT_ONCE}
        return int((await transaction.run(cypher.DELETE_BATCHES, parameters))[0][0])

    return await journal.write(delete, lane=False)
