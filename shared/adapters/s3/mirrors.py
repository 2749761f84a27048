"""The mirror of identity as an object."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.failures import MissingError
from shared.adapters.s3.keys import MIRROR, MIRROR_LEASE
from shared.adapters.s3.replacing import Replacing
from shared.errors import StoreUnavailableError, UnavailableError
from shared.ports.leases import Leases
from shared.ports.mirrors import Renew

_REPLACE_SECONDS: Final = 10.0
"""How long a change of identity may wait for its copy, also for others that replace it."""


class MirrorObject:
    """Implements the Mirror port."""

    def __init__(self, bucket: Bucket, leases: Leases, conditional: Conditional) -> None:
        self._bucket = bucket
        self._replacing = Replacing(bucket, conditional)
        self._leases = leases

    @property
    def place(self) -> str:
        """The object's address, without the store's."""
        return f"{self._bucket.address}/{MIRROR}"

    async def read(self) -> bytes | None:
        """Read the object."""
        try:
            return await self._bucket.get(MIRROR)
        except MissingError:
            return None

    async def replace(self, renew: Renew) -> None:
        """Replace the object under a lease; where the bucket is out of reach, the log says so, and the copy is late.

        A change of identity is made by then, and an object store that is away for a while must end no process.
        """
        try:
            async with (
                asyncio.timeout(_REPLACE_SECONDS),
                self._leases.hold(MIRROR_LEASE, seconds=_REPLACE_SECONDS) as lease,
            ):
                await self._replacing.replace(MIRROR, renew, lease)
        except StoreUnavailableError:
            raise
        except (UnavailableError, TimeoutError) as error:
            structlog.get_logger(__name__).warning(
                "the mirror of identity is late: the next change, or start of a process, writes it",
                place=self.place,
                reason=str(error) or "it takes too long",
            )
