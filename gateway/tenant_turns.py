"""One at a time for each tenant: requests that must not run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Lets the requests of one tenant pass one after the other, those of different tenants at once."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, tenant: str) -> AsyncIterator[None]:
        """Wait for the tenant's turn and hold it for the time of the context."""
        lock = self._locks.get(tenant)
        if lock is None:
            self._locks[tenant] = lock = asyncio.Lock()
        async with lock:
            yield
