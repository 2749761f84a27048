"""Tells the store that this worker lives."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from handlers.attempts.lease import name_worker
from shared.errors import UnavailableError
from shared.ports.jobs import WORKER_PATIENCE_SECONDS, JobStore


async def announce_forever(jobs: JobStore) -> None:
    """Announce this process three times as often as it would be missed, until cancelled."""
    started = datetime.now(UTC)
    while True:
        try:
            await jobs.announce(name_worker(), started=started)
        except UnavailableError as error:
            structlog.get_logger(__name__).warning("worker could not announce itself", error=error.message)
        await asyncio.sleep(WORKER_PATIENCE_SECONDS / 3)
