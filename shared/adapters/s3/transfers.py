"""Moves the content of files to and from a bucket, some pieces at once: memory of a few pieces, whatever the size."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from shared.adapters.s3.bucket import Bucket, ObjectFacts, Part
from shared.adapters.s3.scratch import ScratchFile
from shared.concurrency.loops import cancel_all

PIECE_BYTES: Final = 8 * 1024**2
"""Stores want parts of 5 MiB at least, but for the last one."""
_AT_ONCE: Final = 3
MOST_PARTS: Final = 10_000

_Result = TypeVar("_Result")


def size_of_pieces(length: int) -> int:
    """Return how large the parts of an upload are, so that there are not too many."""
    return max(PIECE_BYTES, -(-length // MOST_PARTS))


async def send_parts(bucket: Bucket, key: str, upload: str, file: ScratchFile) -> Sequence[Part]:
    """Write a file as the parts of a multipart upload; an empty file is one part. Raises: as a bucket does."""
    size = file.size
    length = size_of_pieces(size)

    async def send(number: int, start: int) -> Part:
        content = await asyncio.to_thread(file.read, start, length)
        return await bucket.put_part(key, upload, number, content)

    starts = range(0, max(size, 1), length)
    async with aclosing(in_order(partial(send, each, start) for each, start in enumerate(starts, 1))) as sent:
        return [part async for part in sent]


async def fetch(bucket: Bucket, facts: ObjectFacts, file: ScratchFile, *, place: int = 0) -> str:
    """Write an object into a file, and return the SHA-256 of what came. Raises: as Bucket.get_range; OSError."""
    digest = hashlib.sha256()

    async def get(start: int) -> tuple[int, bytes]:
        length = min(PIECE_BYTES, facts.bytes - start)
        return start, await bucket.get_range(facts.key, facts.etag, start, length)

    starts = range(0, facts.bytes, PIECE_BYTES)
    async with aclosing(in_order(partial(get, each) for each in starts)) as got:
        async for start, content in got:
            await asyncio.to_thread(file.write, place + start, content)
            await asyncio.to_thread(digest.update, content)
    return digest.hexdigest()


async def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""

    def read() -> str:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()

    return await asyncio.to_thread(read)


async def in_order(
    works: Iterable[Callable[[], Awaitable[_Result]]], *, at_once: int = _AT_ONCE
) -> AsyncGenerator[_Result, None]:
    """Do some at once, and give what they return in order; the first error ends the others."""
    running: deque[asyncio.Future[_Result]] = deque()
    try:
        for work in works:
            running.append(asyncio.ensure_future(work()))
            if len(running) == at_once:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        await _end(running)


async def _end(running: deque[asyncio.Future[_Result]]) -> None:
    tasks = [each for each in running if isinstance(each, asyncio.Task)]
    await cancel_all(tasks)
    for each in tasks:
        if not each.cancelled():
            each.exception()  # seen
