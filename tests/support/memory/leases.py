"""Leases in a dictionary, for holders of one process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import UnavailableError
from shared.ports.leases import Lease


class MemoryLeases:
    def __init__(self) -> None:
        self._held: dict[str, _MemoryLease] = {}

    @asynccontextmanager
    async def hold(self, name: str, *, seconds: float) -> AsyncIterator[Lease]:
        until = time.monotonic() + seconds
        while (other := self._held.get(name)) is not None:
            other.wanted = True
            if time.monotonic() > until:
                raise TimeoutError(name)
            await asyncio.sleep(0.005)
        lease = self._held[name] = _MemoryLease()
        try:
            yield lease
        finally:
            if self._held.get(name) is lease:
                del self._held[name]

    async def is_held(self, name: str) -> bool:
        return name in self._held

    def expire(self) -> None:
        """Let all holders lose what they have, as those do who are stopped for long."""
        for lease in self._held.values():
            lease.lost = True
        self._held.clear()


class _MemoryLease:
    def __init__(self) -> None:
        self.wanted = self.lost = False

    def require(self) -> None:
        if self.lost:
            raise UnavailableError("The lease ran out.")

    async def is_wanted(self) -> bool:
        return self.wanted
