"""The background loop, in every process, that repairs what dead processes left."""

from __future__ import annotations

import asyncio
import random

import structlog

from shared.errors import UnavailableError
from shared.ports.jobs import JobStore


async def reap_forever(jobs: JobStore, *, seconds: float) -> None:
    """Reap about every so many seconds, until cancelled."""
    while True:
        # Processes that started together must not go on asking together.
        await asyncio.sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        await reap_once(jobs)


async def reap_once(jobs: JobStore) -> None:
    """Reap, whatever comes of it."""
    log = structlog.get_logger(__name__)
    try:
        changed = await jobs.reap()
    except UnavailableError as error:
        log.warning("jobs could not be reaped", error=error.message)
    except Exception:
        log.exception("jobs could not be reaped")
    else:
        if changed:
            log.info("jobs reaped", changed=changed)
