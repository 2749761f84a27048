"""Puts the log of a job that has ended where it is kept."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from shared.errors import GraphferryError
from shared.ports.job_logs import JobLogs, LogName

LOG_SECONDS: Final = 5.0
"""How long a worker stays with the log of one job: a sweep goes on with it."""


async def try_completing(logs: JobLogs, log: LogName) -> None:
    """Put the log where it is kept; where that fails, or takes long, the process's log says so: a sweep tries again."""
    try:
        async with asyncio.timeout(LOG_SECONDS):
            await logs.complete(log)
    except (GraphferryError, OSError, TimeoutError) as error:
        process_log = structlog.get_logger(__name__)
        process_log.warning(
            "a job's log is not where it is kept yet", job=log.job_id, reason=str(error) or "it takes too long"
        )
