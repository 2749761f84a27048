"""Bounds how long an upload may stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from gateway.http_errors import SlowRequestError

CHUNK_BYTES: Final = 256 * 1024
"""Written at once: all that an upload keeps in memory, beside the connection's own buffer."""

IDLE_SECONDS = 60.0
"""How long an upload may stand still."""

Result = TypeVar("Result")


async def within_idle_time(reading: Awaitable[Result]) -> Result:
    """Await a part of an upload for at most IDLE_SECONDS. Raises: SlowRequestError."""
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            return await reading
    except TimeoutError as error:
        raise SlowRequestError(f"The upload stood still for {IDLE_SECONDS:.0f} seconds.") from error
