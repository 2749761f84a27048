"""The background loop that removes uploads which were left alone too long."""

from __future__ import annotations

from functools import partial
from typing import Final

import structlog

from shared.concurrency.loops import Loop, every
from shared.ports.uploads import UploadStore

SWEEP_SECONDS: Final = 300.0
"""An upload that is over is refused at once, so that its room alone waits for this."""


def make_upload_sweep(uploads: UploadStore, *, seconds: float = SWEEP_SECONDS) -> Loop:
    """Make the loop that sweeps about every so many seconds, and at the start."""
    return Loop(
        name="uploads",
        work=partial(_sweep, uploads),
        pauses=every(seconds),
        at_once=True,
        event="uploads could not be swept",
    )


async def _sweep(uploads: UploadStore) -> None:
    if removed := await uploads.remove_expired():
        structlog.get_logger(__name__).info("uploads removed", removed=removed)
