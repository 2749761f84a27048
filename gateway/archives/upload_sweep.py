"""The background loop that removes uploads which were left alone too long."""

from __future__ import annotations

import asyncio
import random
from typing import Final

import structlog

from shared.ports.uploads import UploadStore

SWEEP_SECONDS: Final = 300.0
"""An upload that is over is refused at once, so that its room alone waits for this."""


async def sweep_uploads_forever(uploads: UploadStore) -> None:
    """Remove uploads whose time is over, again and again."""
    log = structlog.get_logger(__name__)
    while True:
        try:
            if removed := await uploads.remove_expired():
                log.info("uploads removed", removed=removed)
        except Exception:
            log.exception("uploads could not be swept")
        await asyncio.sleep(SWEEP_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
