"""The background loop that removes uploads which were left alone too long."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import web

from gateway.keys import RESOURCES
from shared.ports.uploads import UploadStore

SWEEP_SECONDS: Final = 300.0
"""An upload that is over is refused at once, so that its room alone waits for this."""


async def sweep_uploads(app: web.Application) -> AsyncIterator[None]:
    """Sweep for the life of the application."""
    sweeping = asyncio.create_task(_sweep_forever(app[RESOURCES].uploads))
    yield
    sweeping.cancel()
    await asyncio.wait([sweeping])


async def _sweep_forever(uploads: UploadStore) -> None:
    log = structlog.get_logger(__name__)
    while True:
        try:
            if removed := await uploads.remove_expired():
                log.info("uploads removed", removed=removed)
        except Exception:
            log.exception("uploads could not be swept")
        await asyncio.sleep(SWEEP_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
