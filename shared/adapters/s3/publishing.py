"""Gives a finished file its name in the bucket, and takes the place of nothing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from shared import failpoints
from shared.adapters.s3.bucket import Bucket, Part
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.failures import CollisionError, MissingError, TakenError
from shared.adapters.s3.keys import archive_key, multipart_lease
from shared.adapters.s3.naming import choose_name
from shared.adapters.s3.payloads import Payload
from shared.adapters.s3.pins import drop_pin, is_pinned
from shared.adapters.s3.proofs import MARK, Intent, put_proof
from shared.adapters.s3.turns import turn
from shared.errors import ArchiveExistsError, GraphferryError, UnavailableError
from shared.ports.leases import Lease, Leases

HASH: Final = "sha256"
OWNER: Final = "owner"
"""What metadata call who published an archive."""
_TRIES: Final = 5
"""How often a name is asked for that others ask for, too, or an upload begun that somebody gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a file is to be called."""

    tenant: str
    name: str
    number: bool
    owner: str
    proof: str | None = None
    """The key of what says so before, and outlives the publishing; None: nothing does."""
    mark: str = field(default_factory=lambda: secrets.token_hex(16))
    """Of this attempt: tells what it wrote itself from what others wrote."""


class Publisher:
    """Publishes into one bucket."""

    def __init__(self, bucket: Bucket, leases: Leases, conditional: Conditional) -> None:
        self._bucket = bucket
        self._leases = leases
        self._conditional = conditional

    async def publish(self, payload: Payload, wish: Wish, *, weigh: Callable[[], Awaitable[None]] | None) -> str:
        """Upload it under a free name, and return that; `weigh` judges it with nobody else between.

        Raises: ArchiveExistsError, UnavailableError, what `weigh` raises.
        """
        metadata = {HASH: await payload.hash(), OWNER: wish.owner, MARK: wish.mark}
        left = _TRIES
        while True:
            name = await choose_name(self._bucket, wish.tenant, wish.name, number=wish.number)
            try:
                with failpoints.around("rename"):
                    await self._upload(payload, wish, name, metadata, weigh)
                return name
            except TakenError as error:
                if await self._is_own(wish, name):  # the answer to it was lost
                    return name
                if not wish.number:
                    raise ArchiveExistsError(name) from error
            except (CollisionError, MissingError) as error:
                if await self._is_own(wish, name):
                    return name
                left -= 1
                # Who dropped the proof has seen that nothing comes of it any more: so it must be.
                if not left or (wish.proof is not None and isinstance(error, MissingError)):
                    raise UnavailableError(
                        f"The upload of {name!r} to the object store was given up by others, who took its process for "
                        "dead, or collided with theirs; try again later."
                    ) from error

    async def _is_own(self, wish: Wish, name: str) -> bool:
        found = await self._bucket.find(archive_key(wish.tenant, name))
        return found is not None and found.metadata.get(MARK) == wish.mark

    async def _upload(
        self,
        payload: Payload,
        wish: Wish,
        name: str,
        metadata: Mapping[str, str],
        weigh: Callable[[], Awaitable[None]] | None,
    ) -> None:
        key, conditions = archive_key(wish.tenant, name), await self._conditional.find()
        # What needs a proof goes in parts, however small it is: that can be withdrawn.
        content = None if wish.proof is not None else await payload.read_small()
        if content is not None:
            async with self._chance(wish.tenant, name, weigh, is_conditional=conditions.put):
                await self._bucket.put(key, content, metadata=metadata, if_free=conditions.put)
            return
        async with (
            self._multipart(key, metadata, payload, wish, name) as (upload, parts, lease),
            self._chance(wish.tenant, name, weigh, is_conditional=conditions.complete),
        ):
            lease.require()
            await self._bucket.complete_multipart(key, upload, parts, if_free=conditions.complete)

    @asynccontextmanager
    async def _multipart(
        self, key: str, metadata: Mapping[str, str], payload: Payload, wish: Wish, name: str
    ) -> AsyncIterator[tuple[str, Sequence[Part], Lease]]:
        """Send its parts; what is not completed within the context is given up."""
        upload = await self._bucket.begin_multipart(key, metadata=metadata)
        async with AsyncExitStack() as stack:
            try:
                lease = await stack.enter_async_context(self._leases.hold(multipart_lease(upload), seconds=0))
                if wish.proof is not None:
                    intent = Intent(name=name, multipart=upload, mark=wish.mark, size=payload.size)
                    await put_proof(self._bucket, wish.proof, intent)
                yield upload, await payload.send(self._bucket, key, upload), lease
            except BaseException:
                await asyncio.shield(self._give_up(key, upload, wish, name))
                raise

    async def _give_up(self, key: str, upload: str, wish: Wish, name: str) -> None:
        """Leave nothing; where the store does not answer, the sweep does it."""
        with suppress(GraphferryError):
            await self._bucket.abort_multipart(key, upload)
            if wish.proof is not None and not await self._is_own(wish, name):
                await self._bucket.delete(wish.proof)

    @asynccontextmanager
    async def _chance(
        self, tenant: str, name: str, weigh: Callable[[], Awaitable[None]] | None, *, is_conditional: bool
    ) -> AsyncIterator[None]:
        """Make sure that the name may be given within the context. Raises: TakenError, UnavailableError."""
        left_pin = await is_pinned(self._bucket, tenant, name)
        if is_conditional and weigh is None and not left_pin:
            yield
            return
        async with turn(self._leases, tenant) as lease:
            if weigh is not None:
                await weigh()
            if (left_pin or not is_conditional) and await self._bucket.find(archive_key(tenant, name)) is not None:
                raise TakenError(f"There is an archive {name!r} already.")
            if left_pin:  # of an archive that others removed: it is none of the one that comes
                await drop_pin(self._bucket, tenant, name)
            lease.require()
            yield
