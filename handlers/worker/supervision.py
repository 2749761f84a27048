"""Keeps a worker's loops going, whatever they raise."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import structlog

from shared.errors import UnavailableError

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
"""A store that is back must be noticed well within a lease."""

QUIET_SECONDS = 10.0
"""A loop that went on for this long was well: the next fault is a new one."""


async def keep_going(what: str, loop: Callable[[], Awaitable[object]]) -> None:
    """Call the loop again each time it ends, after a growing pause, until cancelled."""
    log = structlog.get_logger(__name__).bind(loop=what)
    pause = FIRST_PAUSE_SECONDS
    while True:
        began = time.monotonic()
        try:
            await loop()
        except UnavailableError as error:
            log.warning("loop interrupted", error=error.message)
        except Exception as error:
            # An engine that is away would fill the log with one and the same trace.
            log.warning("loop interrupted", error=repr(error), exc_info=pause == FIRST_PAUSE_SECONDS)
        if time.monotonic() - began > QUIET_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
