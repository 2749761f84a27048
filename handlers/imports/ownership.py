"""Notes who imported an application, which decides who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handlers.attempts.context import Context
from handlers.imports.decisions import ADDED
from handlers.journalled import undo_journalled
from shared.identity import ApplicationName, ImportedApplication
from shared.jobs.record import Job


async def note_imported(summary: Mapping[str, Any], context: Context) -> None:
    """Note what the summary calls added, before anybody can see it; what was there keeps its grants. Safe to repeat."""
    job, now = context.job, datetime.now(UTC)
    names = {ApplicationName(each["database"], each["name"]): None for each in summary["applications"] if _is_new(each)}
    brought = [
        ImportedApplication(application=name, tenant=job.tenant, user=job.created_by, job_id=job.id, created=now)
        for name in names
    ]
    if brought:
        await context.identity.note_imported(brought)


def _is_new(application: Mapping[str, Any]) -> bool:
    return bool(application["status"] == ADDED)


async def undo_import(job: Job, context: Context) -> Mapping[str, Any]:
    """Remove whatever attempts wrote. Raises: JobEndedError when it is published."""
    summary = await undo_journalled(job, context)
    await context.identity.withdraw_imported(job.id)
    return summary
