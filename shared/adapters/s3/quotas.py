"""Quotas: what all archives of a tenant may take together, with what is being written.

A file that is to be published is weighed within the tenant's turn. While it grows it is weighed now and then,
against what is in the bucket and what this process writes besides: what other processes write counts once it is there.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.failures import MissingError
from shared.adapters.s3.keys import archives_of, uploads_of
from shared.adapters.s3.upload_notes import INTENT, NOTES
from shared.errors import QuotaExceededError
from shared.quotas import Room

STEP_BYTES: Final = 16 * 1024**2
"""How much a file may grow before it is weighed again: several that grow at once may be above by this, each."""

Sized = Callable[[], int]
"""Tells how many bytes something has now."""


class Growth:
    """What this process writes that is not in the bucket yet, by tenant."""

    def __init__(self) -> None:
        self.sizes: defaultdict[str, dict[object, Sized]] = defaultdict(dict)
        self.turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


class Scale:
    """Weighs one file that is being written; without a quota it does nothing."""

    def __init__(
        self,
        bucket: Bucket,
        growth: Growth,
        tenant: str,
        quota: int | None,
        size: Sized,
        *,
        own: str = "",
        beside: Sized | None = None,
    ) -> None:
        """`own`: the beginning of keys that are the file's own; `beside`: what is not there yet; None: all."""
        self._bucket = bucket
        self._growth = growth
        self._tenant = tenant
        self._size = size
        self._unseen = 0
        self._until = 0
        self.own = own
        self.quota = quota
        growth.sizes[tenant][self] = size if beside is None else beside

    def drop(self) -> None:
        """Count the file no more."""
        self._growth.sizes[self._tenant].pop(self, None)

    async def expect(self, more: int) -> Room | None:
        """Weigh the file with so many bytes more. Raises: QuotaExceededError; it counts no more then."""
        if self.quota is None:
            return None
        async with self._growth.turns[self._tenant]:
            there = await measure(self._bucket, self._growth, self._tenant, but=self)
            room = Room(quota=self.quota, there=there)
            try:
                left = room.require(self._size() + more)
            except QuotaExceededError:
                self.drop()
                raise
            self._unseen, self._until = 0, min(STEP_BYTES, left)
            return room

    async def grow(self, by: int) -> None:
        """Weigh the file after each step, and as soon as it may have taken what was left. Raises: as expect."""
        self._unseen += by
        if self._unseen > self._until:
            await self.expect(0)


async def measure(bucket: Bucket, growth: Growth, tenant: str, *, but: Scale | None = None) -> int:
    """Add up the bytes of a tenant's archives, of uploads in pieces, and of what this process writes, but for one."""
    total = sum([each.bytes async for each in bucket.list(archives_of(tenant))])
    total += await _measure_uploads(bucket, tenant, "" if but is None else but.own)
    return total + sum(size() for scale, size in list(growth.sizes[tenant].items()) if scale is not but)


async def _measure_uploads(bucket: Bucket, tenant: str, own: str) -> int:
    """Add up what has arrived of uploads in pieces, but for that under keys that begin so."""

    def counts(key: str) -> bool:
        return not (own and key.startswith(own)) and key.rpartition("/")[2] not in {NOTES, INTENT}

    total = sum([each.bytes async for each in bucket.list(uploads_of(tenant)) if counts(each.key)])
    for each in await bucket.list_multiparts(uploads_of(tenant)):
        if counts(each.key):
            with suppress(MissingError):  # completed meanwhile
                total += sum(part.bytes for part in await bucket.list_parts(each.key, each.id))
    return total
