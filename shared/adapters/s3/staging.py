"""Archives that grow in the bucket, where nobody looks for any: they need no file of this machine.

What comes goes up in parts as they fill. What stands before a body is known when the body is whole; so the body's
first megabytes wait here, and the part with them goes last: parts come in any order. When all entries are there the
parts become one object, which is read back once: for the hash of each entry, and for that of the whole. Manifest and
directory follow. `staged` makes an archive of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Final

from shared import failpoints
from shared.adapters.s3.bucket import Bucket, ObjectFacts, Part
from shared.adapters.s3.failures import MissingError
from shared.adapters.s3.part_sizes import PartSizes
from shared.adapters.s3.staging_spool import ObjectSpool
from shared.adapters.s3.sweeping import abort_wholly
from shared.adapters.s3.transfers import PIECE_BYTES, in_order
from shared.concurrency.loops import cancel_all
from shared.errors import ArchivesForbidError, BucketUnknownError, GraphferryError, UnavailableError, VerificationError
from shared.ports.contents import Readable

_AT_ONCE: Final = 2
"""Parts under way: with one that fills, and one that waits, all the memory that is taken."""
_PAUSES: Final = (1.0, 4.0, 16.0)
"""Before a part is sent again: what was read of a database for long is worth some patience."""
_LASTING: Final = (MissingError, ArchivesForbidError, BucketUnknownError)


class StagingSink:
    """Implements the ArchiveSink port."""

    def __init__(self, bucket: Bucket, beginning: str, sizes: PartSizes) -> None:
        """`beginning`: of all its keys."""
        self.sizes = sizes
        self.staged: ObjectFacts | None = None
        """What was completed; None where all is in `rest`."""
        self.rest = bytearray()
        """The end of the archive, which is in no part."""
        self._bucket = bucket
        self._beginning = beginning
        self._key = f"{beginning}archive"
        self._upload: str | None = None
        self._number = 0
        self._parts: list[Part] = []
        self._sending: set[asyncio.Task[Part]] = set()
        self._sent = 0
        self._body: StagedBody | None = None
        self._spools: list[ObjectSpool] = []
        self._digest = hashlib.sha256()
        self._is_read = self._is_finished = False

    @property
    def place(self) -> str:
        """Where it is staged."""
        return f"The archive staged at {self._bucket.address}"

    @property
    def size(self) -> int:
        """What is sent, and what is not."""
        return self._sent + len(self.rest)

    @property
    def taken(self) -> int:
        """How many bytes came in all."""
        return self.size + (0 if self._body is None else self._body.size)

    @property
    def sends(self) -> bool:
        """Whether parts may still be sent: not once it was read back."""
        return not self._is_read

    @property
    def sha256(self) -> str:
        """The digest of the whole, once it is finished."""
        if not self._is_finished:
            raise RuntimeError("what is not finished has no digest: call finish() first")
        return self._digest.hexdigest()

    @property
    def next_number(self) -> int:
        """The number of the part that is filled next."""
        return self._number + 1

    def take_number(self) -> int:
        """Take it."""
        self._number += 1
        return self._number

    async def write(self, content: bytes) -> None:
        """Hold it, or send what is enough for a part; what comes after the reading is held."""
        self.rest += content
        if self._is_read:
            await asyncio.to_thread(self._digest.update, content)
            return
        while len(self.rest) >= (size := self.sizes.of(self.next_number)):
            part = cut(self.rest, size)
            self._sent += size
            await self.send(self.take_number(), part)

    def begin(self) -> StagedBody:
        """Hold the first megabytes, send what follows."""
        self._body = StagedBody(self)
        return self._body

    async def insert(self, number: int, head: bytes, body: StagedBody, after: bytearray) -> None:
        """Send the part before those of a body; what is `after` them is in none yet."""
        part = bytes(self.rest) + head
        self._sent += len(part) + body.sent
        self.rest, self._body = after, None
        await self.send(number, part)

    async def append(self, content: bytes) -> None:
        """Write a body that is in no part."""
        self._body = None
        await self.write(content)

    def open_spool(self) -> ObjectSpool:
        """Hold a piece, put what follows into objects."""
        spool = ObjectSpool(self._bucket, f"{self._beginning}{len(self._spools)}-", self.sizes.usual)
        self._spools.append(spool)
        return spool

    async def send(self, number: int, content: bytes) -> None:
        """Send a part beside what comes next. Raises: as a bucket does, for this part or one before."""
        if self._upload is None:
            self._upload = await self._bucket.begin_multipart(self._key)
        while len(self._sending) >= _AT_ONCE:
            await self._collect()
        self._sending.add(asyncio.create_task(self._put(self._upload, number, content)))

    async def _collect(self) -> None:
        done, self._sending = await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        for error in [error for each in done if (error := each.exception()) is not None]:
            raise error
        self._parts += [each.result() for each in done]

    async def _put(self, upload: str, number: int, content: bytes) -> Part:
        """Send a part, again after a pause where the store does not take it."""
        pauses = iter(_PAUSES)
        while True:
            try:
                with failpoints.around("part"):
                    return await self._bucket.put_part(self._key, upload, number, content)
            except _LASTING:
                raise
            except UnavailableError:
                pause = next(pauses, None)
                if pause is None:
                    raise
                await asyncio.sleep(pause)

    async def read_back(self) -> AsyncGenerator[bytes, None]:
        """Make one object of what was sent, and read it; where nothing was, it is here."""
        if self._upload is None:
            self._digest.update(self.rest)
            yield bytes(self.rest)
        else:
            self.staged = await self._complete(self._upload)
            async with aclosing(read_staged(self._bucket, self.staged)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(self._digest.update, piece)
                    yield piece
        self._is_read = True

    async def _complete(self, upload: str) -> ObjectFacts:
        if self.rest:
            last, self.rest = bytes(self.rest), bytearray()
            self._sent += len(last)
            await self.send(self.take_number(), last)
        while self._sending:
            await self._collect()
        parts = sorted(self._parts, key=lambda each: each.number)
        with suppress(MissingError):  # done, and the answer was lost; or given up by others: then there is nothing
            await self._bucket.complete_multipart(self._key, upload, parts)
        staged = await self._bucket.head(self._key)
        if staged.bytes != self._sent:
            raise VerificationError(f"{self.place} has {staged.bytes} bytes instead of {self._sent}.")
        return staged

    async def finish(self, check: Callable[[Readable], None]) -> None:
        """Take the digest for the whole one: what could be read was."""
        del check
        self._is_finished = True

    async def close(self) -> None:
        """Leave nothing; where the store does not answer, the sweep does it."""
        await cancel_all(self._sending)
        for each in self._sending:
            if not each.cancelled():
                each.exception()  # seen
        if self._upload is None and not any(each.has_objects for each in self._spools):
            return
        with suppress(GraphferryError):
            if self._upload is not None and self.staged is None:
                await abort_wholly(self._bucket, self._key, self._upload)
            for key in [each.key async for each in self._bucket.list(self._beginning)]:
                await self._bucket.delete(key)


class StagedBody:
    """Implements the ArchiveBody port."""

    def __init__(self, sink: StagingSink) -> None:
        self._sink = sink
        self._kept = bytearray()
        """The first bytes."""
        self._number: int | None = None
        """Of the part that they are kept for; None: they are all."""
        self._filling = bytearray()
        self.sent = 0

    @property
    def size(self) -> int:
        """How many bytes came."""
        return len(self._kept) + self.sent + len(self._filling)

    async def append(self, content: bytes) -> None:
        """Keep what is first; send what follows as soon as it is enough for a part."""
        sink = self._sink
        if self._number is None:
            self._kept += content
            if sink.sends and len(self._kept) >= sink.sizes.least_of(sink.next_number):
                self._number = sink.take_number()
            return
        self._filling += content
        while len(self._filling) >= (size := sink.sizes.of(sink.next_number)):
            part = cut(self._filling, size)
            self.sent += size
            await sink.send(sink.take_number(), part)

    async def finish(self, head: bytes) -> None:
        """Send what was kept, with what stands before it."""
        first = head + bytes(self._kept)
        if self._number is None:
            await self._sink.append(first)
        else:
            await self._sink.insert(self._number, first, self, self._filling)


def cut(content: bytearray, size: int) -> bytes:
    """Take the first bytes out."""
    with memoryview(content) as whole:
        part = bytes(whole[:size])
    del content[:size]
    return part


async def read_staged(bucket: Bucket, staged: ObjectFacts) -> AsyncGenerator[bytes, None]:
    """Read an object in pieces, two at once. Raises: as Bucket.get_range."""
    spans = [range(start, min(start + PIECE_BYTES, staged.bytes)) for start in range(0, staged.bytes, PIECE_BYTES)]
    gets = (partial(bucket.get_range, staged.key, staged.etag, each.start, len(each)) for each in spans)
    async with aclosing(in_order(gets, at_once=_AT_ONCE)) as pieces:
        async for piece in pieces:
            yield piece
