"""Tries a bucket out: whether an archive could be written there."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Final

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.copying import UNABLE, Copying
from shared.adapters.s3.keys import TRIALS
from shared.errors import UnavailableError
from shared.ports.archives import FolderFacts

GOOD_SECONDS: Final = 15.0
FAULT_SECONDS: Final = 3.0
"""How long what was found is told again: each trial is three requests, and many ask whether the process is ready."""


class Trial:
    """Tries a bucket out, once at a time."""

    def __init__(
        self, bucket: Bucket, conditional: Conditional, copying: Copying, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bucket = bucket
        self._conditional = conditional
        self._copying = copying
        self._clock = clock
        self._lock = asyncio.Lock()
        # The same each time: a trial that is cancelled may leave it.
        self._key = TRIALS + secrets.token_hex(16)
        self._found: FolderFacts | None = None
        self._until = 0.0

    async def find(self) -> FolderFacts:
        """Return what was found some seconds ago, or is found now."""
        async with self._lock:
            if self._found is None or self._clock() >= self._until:
                self._found = await self.make()
                self._until = self._clock() + (GOOD_SECONDS if self._found.fault is None else FAULT_SECONDS)
            return self._found

    async def make(self) -> FolderFacts:
        """Write an object, read and remove it; say how names are given."""
        path = str(self._bucket.address)
        try:
            await self._bucket.put(self._key, b"graphferry")
            await self._bucket.get(self._key)
            await self._bucket.delete(self._key)
            note = str(await self._conditional.find())
            if not await self._copying.find():
                note += f"; {UNABLE}"
        except UnavailableError as error:
            return FolderFacts(path=path, fault=error.message, is_elsewhere=False)
        return FolderFacts(path=path, fault=None, is_elsewhere=False, note=note)
