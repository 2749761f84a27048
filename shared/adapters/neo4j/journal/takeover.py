"""Takes journals over, and shuts out what earlier holders may still send."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import uuid4

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.cypher.journal import (
    JOURNALS,
    OLDER_TRANSACTIONS,
    RAISE_EPOCH,
    RAISE_EPOCH_BY_ONE,
    TERMINATE,
)
from shared.adapters.neo4j.journal.journal import Journal, JournalRecord
from shared.adapters.neo4j.repeating import repeat
from shared.concurrency.interruptions import LeaseLost
from shared.ports.import_plans import JournalFacts, JournalPhase


async def take_over(connection: AnyConnection, job_id: str, epoch: int) -> JournalRecord:
    """Raise the journal's epoch to that of a claim; return the journal. Raises: LeaseLost where a higher one has it."""

    async def attempt() -> JournalRecord:
        await _terminate_older(connection, job_id, epoch)
        async with connection.transaction({"job": job_id, "epoch": epoch}) as transaction:
            rows = await transaction.run(RAISE_EPOCH, {"job": job_id, "epoch": epoch})
            if not rows:
                raise LeaseLost(f"a higher epoch than {epoch} holds the import of job {job_id}")
            await transaction.commit()
            return JournalRecord.from_properties(rows[0][0])

    return await repeat(attempt)


async def take_next(connection: AnyConnection, job_id: str, seen: int, *, claim: int | None = None) -> bool:
    """Raise the journal's epoch by one; False when it is gone, or has another epoch than the one seen.

    It belongs to the claim from now on, or to none.
    """
    raised = {"job": job_id, "epoch": seen + 1, "taker": str(uuid4()), "claim": claim}
    await _terminate_older(connection, job_id, seen + 1)

    async def attempt() -> bool:
        # With the epoch to come: others who take the same journal end transactions of the epoch before.
        async with connection.transaction({"job": job_id, "epoch": seen + 1}) as transaction:
            # The lock comes first, so that of two who have seen the same only one finds it.
            if not await transaction.run(RAISE_EPOCH_BY_ONE, raised):
                return False
            await transaction.commit()
            return True

    return await repeat(attempt)


async def shut_out(journal: Journal) -> Journal:
    """Return the journal with the next epoch: not even what its present holder has sent before is committed any more.

    The fence of the next claim is higher still. Raises: LeaseLost.
    """
    record = journal.record
    if not await take_next(journal.connection, record.job_id, record.epoch, claim=record.claim):
        raise LeaseLost(f"the import of job {record.job_id} has been taken over or ended")
    return journal.with_epoch(record.epoch + 1)


async def _terminate_older(connection: AnyConnection, job_id: str, epoch: int) -> None:
    rows = await repeat(partial(connection.run, OLDER_TRANSACTIONS, {"job": job_id, "epoch": epoch}))
    if rows:
        await repeat(partial(connection.run, TERMINATE, {"ids": [row[0] for row in rows]}))


async def list_journals(connection: AnyConnection, installation: str) -> Sequence[JournalFacts]:
    """List the journals of one installation by job; those of others are none of its business."""
    rows = await connection.run(JOURNALS, {"installation": installation})
    return [
        JournalFacts(job_id=job, epoch=epoch, phase=JournalPhase(phase), is_waiting=waiting)
        for job, epoch, phase, waiting in rows
    ]
