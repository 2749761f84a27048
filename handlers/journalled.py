"""How jobs with a journal in the graph are taken back, or settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from handlers.context import Context
from shared.errors import JobEndedError
from shared.jobs import Job, Phase
from shared.ports.import_plans import JournalPhase, UndoReport


async def undo_journalled(job: Job, context: Context) -> Mapping[str, Any]:
    """Remove whatever attempts of the job wrote. Raises: JobEndedError when it is published."""
    opened = await context.target(job.database).resume(job.id, context.claim.fence)
    if opened is None:
        return {"undone": asdict(UndoReport(nodes_removed=0, relationships_removed=0, nodes_left=0))}
    if opened.phase is JournalPhase.PUBLISHED:
        raise JobEndedError(f"What job {job.id} does to the database is done, and cannot be undone.")
    await context.advance(replace(context.lease.progress, phase=Phase.UNDOING))
    return {"undone": asdict(await opened.undo())}


async def settle_journalled(job: Job, context: Context) -> None:
    """Drop the journal, now that the job's record says that it ended."""
    opened = await context.target(job.database).resume(job.id, context.claim.fence)
    if opened is not None and opened.phase is JournalPhase.PUBLISHED:
        await opened.forget()
