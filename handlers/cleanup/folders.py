"""Sweeps the tenants' archive folders of what jobs left that ended without a worker."""

from __future__ import annotations

import asyncio
import random

import structlog

from handlers.cleanup.own_archives import sweep_own_archives
from handlers.cleanup.proofs import sweep_proofs
from shared.errors import GraphferryError
from shared.resources import Resources

SWEEP_SECONDS = 30.0
"""How often each worker looks: for uploads of jobs cancelled while they waited, for example."""


async def sweep_folders_forever(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> None:
    """Sweep all folders about every so many seconds, until cancelled."""
    while True:
        # Processes that started together must not go on sweeping together.
        await asyncio.sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        try:
            await sweep_folders(resources)
        except (GraphferryError, OSError) as error:
            structlog.get_logger(__name__).warning("folders not swept", reason=str(error))


async def sweep_folders(resources: Resources) -> None:
    """Sweep all folders once; proofs first, because a part whose archive is gone would wait for the next start."""
    await sweep_proofs(resources)
    await sweep_own_archives(resources)
