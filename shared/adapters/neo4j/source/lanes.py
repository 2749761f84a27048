"""Streams the parts of a reading over several sessions at once, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from itertools import islice
from typing import Generic, TypeVar

BATCHES_AHEAD = 2
"""Decoded batches that wait in each lane; what else the server sends waits in the socket."""

T = TypeVar("T")


class _Lane(Generic[T]):
    """Reads one part, a few batches ahead of whoever takes them."""

    def __init__(self, part: AsyncGenerator[T, None]) -> None:
        self._batches: asyncio.Queue[T | None] = asyncio.Queue(BATCHES_AHEAD)
        self._reading = asyncio.create_task(self._read(part))

    async def _read(self, part: AsyncGenerator[T, None]) -> None:
        try:
            async with aclosing(part) as batches:
                async for batch in batches:
                    await self._batches.put(batch)
        except Exception:
            await self._batches.put(None)
            raise
        await self._batches.put(None)

    async def take(self) -> AsyncGenerator[T, None]:
        """Give the batches in order. Raises: what reading raised."""
        while (batch := await self._batches.get()) is not None:
            yield batch
        await self._reading

    async def stop(self) -> None:
        """End the reading, wherever it is."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        if not self._reading.cancelled():
            self._reading.exception()  # told to whoever took the batches before, or to nobody


async def read_in_lanes(parts: Iterable[AsyncGenerator[T, None]], *, lanes: int) -> AsyncGenerator[T, None]:
    """Give the batches of all parts in their order, while so many parts are being read. Raises: what a part raises."""
    waiting = iter(parts)
    reading = deque(map(_Lane, islice(waiting, lanes)))
    try:
        while reading:
            async with aclosing(reading[0].take()) as batches:
                async for batch in batches:
                    yield batch
            await reading.popleft().stop()
            reading.extend(map(_Lane, islice(waiting, 1)))
    finally:
        for lane in reading:
            await lane.stop()
