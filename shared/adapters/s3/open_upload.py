"""An upload that this process alone writes to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from shared.adapters.s3.bucket import Bucket, ObjectFacts
from shared.adapters.s3.keys import upload_key
from shared.adapters.s3.payloads import FilePayload
from shared.adapters.s3.proofs import find_published
from shared.adapters.s3.publishing import Publisher, Wish
from shared.adapters.s3.quotas import Growth, Scale
from shared.adapters.s3.scratch import Scratch, ScratchFile
from shared.adapters.s3.sweeping import abort_wholly
from shared.adapters.s3.transfers import PIECE_BYTES, fetch, size_of_pieces
from shared.adapters.s3.upload_notes import CONTENT, INTENT, NOTES, TAIL, Arrived
from shared.errors import StoreUnavailableError
from shared.ports.leases import Lease
from shared.ports.uploads import UploadFacts

_PAUSE_SECONDS: Final = 0.5


class Writing:
    """Implements the OpenUpload port.

    What comes is held until it is enough for a part; the rest becomes the tail when it is to be kept. What is in doubt
    goes to a file of this machine first.
    """

    def __init__(
        self,
        bucket: Bucket,
        lease: Lease,
        *,
        tenant: str,
        facts: UploadFacts,
        arrived: Arrived,
        publisher: Publisher,
        growth: Growth,
        quota: int | None,
        files: AsyncExitStack,
        scratch: Scratch,
    ) -> None:
        """`files` closes the files of this machine when the writing is over."""
        self.facts = facts
        self._bucket = bucket
        self._lease = lease
        self._tenant = tenant
        self._notes = arrived.notes
        self._parts = list(arrived.parts)
        self._content = arrived.content
        self._tail = arrived.tail
        self._others = list(arrived.others)
        self._rest = bytearray()
        self._is_rest_read = arrived.tail is None
        self._publisher = publisher
        self._files = files
        self._scratch = scratch
        self._doubted: ScratchFile | None = None
        self._local: ScratchFile | None = None
        self._scale = Scale(
            bucket, growth, tenant, quota, self._measure, own=self._key(""), beside=self._measure_beside
        )

    def close(self) -> None:
        """Count what is held no more."""
        self._scale.drop()

    def _key(self, name: str) -> str:
        return upload_key(self._tenant, self.facts.id, name)

    def _measure(self) -> int:
        """Return how much has arrived in all."""
        if self._content is not None:
            return self._content.bytes
        return sum(each.bytes for each in self._parts) + self._tail_bytes + self._measure_beside()

    @property
    def _tail_bytes(self) -> int:
        return 0 if self._tail is None else self._tail.bytes

    def _measure_beside(self) -> int:
        """Return how much has arrived that is not in the bucket."""
        doubted = 0 if self._doubted is None else self._doubted.size
        return doubted + (max(len(self._rest) - self._tail_bytes, 0) if self._is_rest_read else 0)

    async def set_length(self, length: int) -> None:
        """Note it."""
        self._notes = replace(self._notes, length=length)
        await self._notes.write(self._bucket, self._tenant, self.facts.id)
        self.facts = replace(self.facts, length=length)

    async def wait_until_wanted(self) -> None:
        """Ask the lease."""
        while True:
            with suppress(StoreUnavailableError):
                if await self._lease.is_wanted():
                    return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def write(self, content: bytes) -> None:
        """Hold it, or send what is enough for a part."""
        if (doubted := self._doubted) is not None:
            with self._scratch.full_volume_named():
                await asyncio.to_thread(doubted.write, doubted.size, content)
            return
        await self._read_rest()
        self._rest += content
        size = size_of_pieces(self.facts.length or 0)
        while len(self._rest) >= size:
            await self._put_part(size)

    async def _read_rest(self) -> None:
        if self._tail is not None and not self._is_rest_read:
            self._rest = bytearray(await self._bucket.get(self._tail.key))
        self._is_rest_read = True

    async def _put_part(self, size: int) -> None:
        self._lease.require()
        number, content = len(self._parts) + 1, bytes(self._rest[:size])
        self._parts.append(await self._bucket.put_part(self._key(CONTENT), self._notes.multipart, number, content))
        del self._rest[:size]
        if self._tail is not None:  # it is in the part
            self._others.append(self._tail.key)
            self._tail = None

    async def expect(self, more: int) -> None:
        """Weigh it with what is to come."""
        await self._scale.expect(more)

    async def grow(self, by: int) -> None:
        """Weigh it now and then."""
        await self._scale.grow(by)

    async def sync(self) -> None:
        """Put what is held into the tail."""
        if not self._is_rest_read:
            return
        self._lease.require()
        key = self._key(f"{TAIL}{len(self._parts)}")
        if self._rest or self._others:
            await self._bucket.put(key, bytes(self._rest))
            self._tail = await self._bucket.head(key)
        for each in self._others:
            if each != key:
                await self._bucket.delete(each)
        self._others.clear()

    async def doubt(self) -> None:
        """Open a file for what comes."""
        self._doubted = await self._files.enter_async_context(self._scratch.open())

    async def trust(self, *, keep: bool) -> None:
        """Take over what the file holds, or forget it."""
        doubted, self._doubted = self._doubted, None
        if doubted is not None and keep:
            for start in range(0, doubted.size, PIECE_BYTES):
                await self.write(await asyncio.to_thread(doubted.read, start, PIECE_BYTES))
        await self.sync()

    @asynccontextmanager
    async def open_local(self) -> AsyncIterator[Path]:
        """Fetch it, once in this context."""
        yield (await self._fetch()).path

    async def _fetch(self) -> ScratchFile:
        if self._local is None:
            file = await self._files.enter_async_context(self._scratch.open())
            with self._scratch.full_volume_named():
                if self._content is None and not self._parts:
                    await self._read_rest()
                    await asyncio.to_thread(file.write, 0, bytes(self._rest))
                else:
                    self._content = self._content or await self._make_whole()
                    await fetch(self._bucket, self._content, file)
            self._local = file
        return self._local

    async def _make_whole(self) -> ObjectFacts:
        """Make one object of the parts and the tail."""
        await self._read_rest()
        if self._rest:
            await self._put_part(len(self._rest))
        self._lease.require()
        await self._bucket.complete_multipart(self._key(CONTENT), self._notes.multipart, self._parts)
        return await self._bucket.head(self._key(CONTENT))

    async def publish(self) -> str:
        """Upload it under its name, note that, and drop what has arrived."""
        # Published by a process that died before it could note so?
        name = await find_published(self._bucket, self._tenant, self._key(INTENT))
        if name is None:
            wish = Wish(
                tenant=self._tenant,
                name=self.facts.name,
                number=self.facts.number,
                owner=f"upload-{self.facts.id}",
                proof=self._key(INTENT),
            )
            weigh = None if self._scale.quota is None else self._weigh
            name = await self._publisher.publish(FilePayload(await self._fetch()), wish, weigh=weigh)
        self._notes = replace(self._notes, archive=name, length=self._measure())
        await self._notes.write(self._bucket, self._tenant, self.facts.id)
        await self._drop(but=NOTES)
        return name

    async def _weigh(self) -> None:
        await self._scale.expect(0)

    async def remove(self) -> None:
        """Remove all that there is, the notes first."""
        await self._bucket.delete(self._key(NOTES))
        await self._drop()

    async def _drop(self, *, but: str = "") -> None:
        await abort_wholly(self._bucket, self._key(CONTENT), self._notes.multipart)
        for key in [each.key async for each in self._bucket.list(self._key(""))]:
            if not but or key != self._key(but):
                await self._bucket.delete(key)
        self._scale.drop()
