"""Finds journals whatever their jobs, to take over those that no job owns."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.cypher.journal import JOURNALS, LOCK_JOURNAL, RAISE_EPOCH
from shared.adapters.neo4j_driver import Connection
from shared.ports.import_plans import JournalFacts, JournalPhase


async def list_journals(connection: Connection, installation: str) -> Sequence[JournalFacts]:
    """List the journals of one installation by job; those of others are none of its business."""
    rows = await connection.run(JOURNALS, {"installation": installation})
    return [
        JournalFacts(job_id=job, epoch=epoch, phase=JournalPhase(phase), is_waiting=waiting)
        for job, epoch, phase, waiting in rows
    ]


async def take_journal(connection: Connection, journal: JournalFacts) -> bool:
    """Raise the journal's epoch by one; False when it is gone, or has another epoch than when it was listed."""
    seen = {"job": journal.job_id, "epoch": journal.epoch}
    # With the epoch to come: others who adopt the same journal end transactions of the epoch before.
    async with connection.transaction({**seen, "epoch": journal.epoch + 1}) as transaction:
        # The lock comes first, so that of two who listed it only one finds the epoch that both have seen.
        if not await transaction.run(LOCK_JOURNAL, seen):
            return False
        await transaction.run(RAISE_EPOCH, {"job": journal.job_id, "epoch": journal.epoch + 1})
        await transaction.commit()
    return True
