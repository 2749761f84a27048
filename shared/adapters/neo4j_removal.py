"""Deletes nodes that batch records name, in transactions of bounded size."""

from __future__ import annotations

from shared.adapters import cypher
from shared.adapters.neo4j_driver import Transaction
from shared.adapters.neo4j_journal import Journal

RELATIONSHIPS_AT_ONCE = 10_000
"""Relationships deleted in one transaction: a node may have hundreds of thousands."""

RECORDS_AT_ONCE = 100


async def delete_relationships(journal: Journal, marker: str, ids: list[int]) -> int:
    """Delete all relationships of the marked nodes among these ids; return how many."""

    async def delete(transaction: Transaction) -> int:
        parameters = {"ids": ids, "limit": RELATIONSHIPS_AT_ONCE}
        return int((await transaction.run(cypher.delete_relationships(marker), parameters))[0][0])

    total = 0
    while deleted := await journal.write(delete):
        total += deleted
    return total


async def delete_nodes(journal: Journal, marker: str, key: str, ids: list[int]) -> int:
    """Delete the marked nodes among these ids together with their record; return how many."""

    async def delete(transaction: Transaction) -> int:
        deleted = int((await transaction.run(cypher.delete_nodes(marker), {"ids": ids}))[0][0])
        await transaction.run(cypher.DELETE_BATCH, {"key": key})
        return deleted

    return await journal.write(delete)


async def delete_records(journal: Journal, phase: str) -> None:
    """Delete the records of a phase."""

    async def delete(transaction: Transaction) -> int:
        parameters = {"prefix": journal.prefix(phase), "limit": RECORDS_AT_ONCE}
        return int((await transaction.run(cypher.DELETE_BATCHES, parameters))[0][0])

    while await journal.write(delete):
        pass
