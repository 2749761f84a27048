"""The time by the store's clock: the one that all gateways of an installation share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeAlias

from shared.errors import UnavailableError

Clock: TypeAlias = Callable[[], float]
"""Returns the seconds since 1970."""

LOOK_SECONDS: Final = 10.0
"""Between two looks at the store's clock."""

_FIRST_LOOK_SECONDS: Final = 2.0


class StoreClock:
    """Goes by the store's clock when it was last looked at, and by the time that has gone by here since.

    Until the first look it is this machine's clock.
    """

    def __init__(self, read: Callable[[], Awaitable[datetime]]) -> None:
        self._read = read
        self._offset = time.time() - time.monotonic()

    def __call__(self) -> float:
        """Return the seconds since 1970."""
        return time.monotonic() + self._offset

    async def look(self) -> None:
        """Look at the store's clock, as of the middle between question and answer. Raises: UnavailableError."""
        asked = time.monotonic()
        told = await self._read()
        self._offset = told.timestamp() - (asked + time.monotonic()) / 2

    async def look_first(self) -> None:
        """Look, unless the store does not answer at once: a gateway starts without it."""
        with suppress(UnavailableError, TimeoutError):
            async with asyncio.timeout(_FIRST_LOOK_SECONDS):
                await self.look()
