"""The content of an archive in a bucket, read by ranges of the very object: no connection outlives a piece."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from typing import Final, TypeVar

from shared.adapters.s3.bucket import Bucket, ObjectFacts
from shared.adapters.s3.digests import Digests, identify, told_hash
from shared.adapters.s3.failures import MissingError, TakenError
from shared.adapters.s3.partial_file import PartialFile, RangeWantedError
from shared.adapters.s3.scratch import Scratch
from shared.adapters.s3.transfers import fetch, in_order
from shared.concurrency.stoppable import in_thread
from shared.errors import InvalidArchiveError, UnavailableError
from shared.jobs.record import ArchiveIdentity
from shared.ports.contents import Readable

PIECE_BYTES: Final = 1024**2
_AT_ONCE: Final = 2
"""Pieces that one reader has: the one that it takes, and the one behind it."""

_Found = TypeVar("_Found")


class ObjectContent:
    """Implements the ArchiveContent port."""

    def __init__(self, bucket: Bucket, facts: ObjectFacts, name: str, *, digests: Digests, scratch: Scratch) -> None:
        self._bucket = bucket
        self._facts = facts
        self._name = name
        self._digests = digests
        self._scratch = scratch

    @property
    def size(self) -> int:
        """What the store says."""
        return self._facts.bytes

    @property
    def changed(self) -> float:
        """The end of the second that the store tells."""
        return self._facts.modified.timestamp() + 1

    @property
    def version(self) -> str:
        """The store's own name for it."""
        return f"{self._facts.key} {self._facts.etag} {self._facts.bytes}"

    async def hash(self) -> bytes:
        """Take what was stored with it; else read it."""
        return bytes.fromhex(await self._find_hash())

    async def identify(self) -> ArchiveIdentity:
        """Tell it by its content, as one that was fetched."""
        return identify(await self._find_hash(), self.size)

    async def _find_hash(self) -> str:
        known = self._digests.find(self._facts)
        if known is not None:
            return known
        digest = hashlib.sha256()
        async with aclosing(self._read_pieces(range(self.size))) as pieces:
            async for piece in pieces:
                await asyncio.to_thread(digest.update, piece)
        self._digests.note(self._facts, digest.hexdigest())
        return digest.hexdigest()

    async def make_address(self, *, disposition: str, media_type: str, seconds: int) -> str | None:
        """Sign one for the object of this key, whatever that is by then."""
        return await self._bucket.presign(
            self._facts.key, disposition=disposition, media_type=media_type, seconds=seconds
        )

    async def read(self, part: range) -> AsyncGenerator[bytes, None]:
        """Ask for one piece after the other; of a whole the last is given where all make the SHA-256 that was told."""
        digest, left = hashlib.sha256() if len(part) == self.size else None, len(part)
        async with aclosing(self._read_pieces(part)) as pieces:
            async for piece in pieces:
                left -= len(piece)
                if digest is not None:
                    await asyncio.to_thread(digest.update, piece)
                    if not left:
                        require_stored(self._facts, self._name, digest.hexdigest())
                yield piece

    async def _read_pieces(self, part: range) -> AsyncGenerator[bytes, None]:
        starts = range(part.start, part.stop, PIECE_BYTES)
        gets = (partial(self._get, each, min(each + PIECE_BYTES, part.stop)) for each in starts)
        with _change_named(self._name):
            async with aclosing(in_order(gets, at_once=_AT_ONCE)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _get(self, start: int, stop: int) -> bytes:
        return await self._bucket.get_range(self._facts.key, self._facts.etag, start, stop - start)

    async def examine(self, work: Callable[[Readable], _Found]) -> _Found:
        """Let work begin anew whenever it wants a range that is not here; what wants too many gets all of it."""
        file = PartialFile(self.size)
        with _change_named(self._name):
            await self._put_into(file, *file.first_ranges())
            while True:
                try:
                    return await in_thread(partial(work, file))
                except RangeWantedError as error:
                    if not file.may_want(error.wanted):
                        break
                    await self._put_into(file, error.wanted)
            async with self._scratch.open() as fetched:
                with self._scratch.full_volume_named():
                    sha256 = await fetch(self._bucket, self._facts, fetched)
                require_stored(self._facts, self._name, sha256)
                return await in_thread(partial(work, fetched.path))

    async def _put_into(self, file: PartialFile, *wanted: range) -> None:
        gets = [partial(self._get, each.start, each.stop) for each in wanted]
        async with aclosing(in_order(gets)) as contents:
            for each in wanted:
                file.put(each.start, await anext(contents))


def require_stored(facts: ObjectFacts, name: str, sha256: str) -> None:
    """Refuse what is not what was stored. Raises: InvalidArchiveError."""
    stored = told_hash(facts)
    if stored not in (None, sha256):
        raise InvalidArchiveError(
            f"What the object store gives of archive {name!r} has the SHA-256 {sha256}, and what was stored had "
            f"{stored}: bring the archive back from a backup, or make it anew."
        )


@contextmanager
def _change_named(name: str) -> Iterator[None]:
    try:
        yield
    except (MissingError, TakenError) as error:
        raise UnavailableError(f"Archive {name!r} became another while it was read; try again later.") from error
