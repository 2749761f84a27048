"""Leases in a dictionary, for holders of one process."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import UnavailableError
from shared.ports.leases import Lease


class MemoryLeases:
    def __init__(self) -> None:
        self._held: defaultdict[str, list[_MemoryLease]] = defaultdict(list)

    @asynccontextmanager
    async def hold(self, name: str, *, seconds: float, shared: bool = False) -> AsyncIterator[Lease]:
        until = time.monotonic() + seconds
        while others := [each for each in self._held[name] if not (shared and each.shared)]:
            for each in others:
                each.wanted = True
            if time.monotonic() > until:
                raise TimeoutError(name)
            await asyncio.sleep(0.005)
        lease = _MemoryLease(shared=shared)
        self._held[name].append(lease)
        try:
            yield lease
        finally:
            if lease in self._held[name]:
                self._held[name].remove(lease)

    async def is_held(self, name: str) -> bool:
        return bool(self._held[name])

    def expire(self) -> None:
        """Let all holders lose what they have, as those do who are stopped for long."""
        for leases in self._held.values():
            for lease in leases:
                lease.lost = True
        self._held.clear()


class _MemoryLease:
    def __init__(self, *, shared: bool) -> None:
        self.shared = shared
        self.wanted = self.lost = False

    def require(self) -> None:
        if self.lost:
            raise UnavailableError("The lease ran out.")

    async def is_wanted(self) -> bool:
        return self.wanted
