"""Finds journals whatever their jobs, to take over those that no job owns."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.neo4j.connection import Connection
from shared.adapters.neo4j.cypher.journal import JOURNALS
from shared.ports.import_plans import JournalFacts, JournalPhase


async def list_journals(connection: Connection, installation: str) -> Sequence[JournalFacts]:
    """List the journals of one installation by job; those of others are none of its business."""
    rows = await connection.run(JOURNALS, {"installation": installation})
    return [
        JournalFacts(job_id=job, epoch=epoch, phase=JournalPhase(phase), is_waiting=waiting)
        for job, epoch, phase, waiting in rows
    ]
