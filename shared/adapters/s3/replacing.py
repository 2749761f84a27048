"""Replaces small objects as one process at a time, which may be stopped between its last look and what it sends."""

from __future__ import annotations

from typing import Final

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.failures import CollisionError, MissingError, TakenError
from shared.ports.leases import Lease
from shared.ports.mirrors import Renew

_TRIES: Final = 3
"""Whoever holds the lease meets at most those that were late."""


class Replacing:
    """Replaces an object only as it was read, where the store knows that condition; elsewhere the lease must do."""

    def __init__(self, bucket: Bucket, conditional: Conditional) -> None:
        self._bucket = bucket
        self._conditional = conditional

    async def replace(self, key: str, renew: Renew, lease: Lease) -> None:
        """Write what `renew` makes of the content; where another has replaced it meanwhile, make it of that.

        Raises: UnavailableError, also once the lease has run out; what `renew` raises.
        """
        for left in reversed(range(_TRIES)):
            kept, etag = await self._read(key)
            content = await renew(kept)
            if content is None:
                return
            try:
                await self._put(key, content, etag, lease)
            except (TakenError, CollisionError, MissingError):
                if not left:
                    raise
            else:
                return

    async def _read(self, key: str) -> tuple[bytes | None, str | None]:
        try:
            return await self._bucket.get_tagged(key)
        except MissingError:
            return None, None

    async def _put(self, key: str, content: bytes, etag: str | None, lease: Lease) -> None:
        conditions = await self._conditional.find()
        lease.require()
        await self._bucket.put(
            key,
            content,
            if_free=etag is None and conditions.put,
            if_etag=etag if conditions.replace else None,
        )
