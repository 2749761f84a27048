"""Removes what dead processes staged: their multipart uploads, the objects that those became, and what lay aside."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.failures import MissingError, UnsupportedError
from shared.adapters.s3.keys import STAGING, staging_lease
from shared.adapters.s3.sweeping import abort_wholly
from shared.ports.leases import Leases


class StagingSweep:
    """Removes what nobody held when it looked before, nor now: who lives takes a lease again that it lost."""

    def __init__(self, bucket: Bucket, leases: Leases, patience: timedelta) -> None:
        self._bucket = bucket
        self._leases = leases
        self._patience = patience
        self._free_before: frozenset[str] = frozenset()

    async def run(self) -> int:
        """Look, and return how many uploads and objects were removed."""
        uploads = await self._list_uploads()
        objects = [(each.key, each.modified) async for each in self._bucket.list(STAGING)]
        names = {staging_lease(key) for key in (*(each[0] for each in uploads), *(each[0] for each in objects))}
        free = frozenset([name for name in names if not await self._leases.is_held(name)])
        dead, self._free_before = free & self._free_before, free
        if not dead:
            return 0
        before, removed = await self._bucket.read_clock() - self._patience, 0
        for key, upload, begun in uploads:
            if staging_lease(key) in dead and begun <= before:
                await abort_wholly(self._bucket, key, upload)
                removed += 1
        for key, modified in objects:
            if staging_lease(key) in dead and modified <= before:
                await self._bucket.delete(key)
                removed += 1
        return removed

    async def _list_uploads(self) -> list[tuple[str, str, datetime]]:
        try:
            return [(each.key, each.id, each.begun) for each in await self._bucket.list_multiparts(STAGING)]
        except UnsupportedError:
            return []


async def measure_multiparts(bucket: Bucket) -> int:
    """Add up the bytes of all multipart uploads that are neither completed nor aborted."""
    total = 0
    try:
        for each in await bucket.list_multiparts(""):
            with suppress(MissingError):  # completed meanwhile
                total += sum(part.bytes for part in await bucket.list_parts(each.key, each.id))
    except UnsupportedError:
        return 0
    return total
