"""Leaves the event loop without a free thread."""

from __future__ import annotations

import asyncio
import threading

MORE_THAN_ALL = 64


class BusyThreads:
    """Calls that occupy every thread of the running loop, others waiting behind them."""

    def __init__(self) -> None:
        self._gate = threading.Event()
        self._calls: list[asyncio.Future[bool]] = []

    def occupy(self) -> None:
        """Begin them."""
        loop = asyncio.get_running_loop()
        self._calls = [loop.run_in_executor(None, self._gate.wait, 10) for _ in range(MORE_THAN_ALL)]

    async def free(self) -> None:
        """Let them end."""
        self._gate.set()
        await asyncio.gather(*self._calls)
