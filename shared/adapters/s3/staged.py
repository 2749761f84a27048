"""What is staged becomes an archive: the store copies it into the parts of another upload, whose name is the archive's.

Where the store does not copy, it passes through here once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Final

from shared.adapters.s3.bucket import Bucket, ObjectFacts, Part
from shared.adapters.s3.copying import Copying
from shared.adapters.s3.failures import TakenError, UnsupportedError
from shared.adapters.s3.staging import StagingSink
from shared.adapters.s3.transfers import MOST_PARTS, PIECE_BYTES, in_order
from shared.concurrency.loops import cancel_all
from shared.errors import StoreUnavailableError, UnavailableError, VerificationError
from shared.ports.leases import Leases

_COPIED_BYTES: Final = 64 * 1024**2
"""Of one request, which has to be answered within its time."""
_LOOK_SECONDS: Final = 1.0


class StagedPayload:
    """Implements Payload with what a sink was given."""

    def __init__(self, sink: StagingSink, copying: Copying) -> None:
        self._sink = sink
        self._copying = copying

    @property
    def size(self) -> int:
        """All that the sink has."""
        return self._sink.size

    async def hash(self) -> str:
        """Tell what was found when it was read back."""
        return self._sink.sha256

    async def read_small(self) -> bytes | None:
        """Return what never left this process."""
        is_small = self._sink.staged is None and len(self._sink.rest) <= PIECE_BYTES
        return bytes(self._sink.rest) if is_small else None

    async def send(self, bucket: Bucket, key: str, upload: str) -> Sequence[Part]:
        """Have the staged object copied, and send what follows it. Raises: VerificationError, as a bucket does."""
        staged, parts = self._sink.staged, list[Part]()
        if staged is not None:
            try:
                parts += await self._send_staged(bucket, key, upload, staged)
            except TakenError as error:  # it is not the archive's name that is taken
                raise UnavailableError("What was staged of the archive became another; try again later.") from error
        if self._sink.rest or not parts:
            parts.append(await bucket.put_part(key, upload, len(parts) + 1, bytes(self._sink.rest)))
        await self._require_whole(bucket, key, upload)
        return parts

    async def _send_staged(self, bucket: Bucket, key: str, upload: str, staged: ObjectFacts) -> Sequence[Part]:
        copies = await self._copying.find()
        spans = cut_spans(staged.bytes, _COPIED_BYTES if copies else PIECE_BYTES, self._sink.sizes.least)

        async def send(number: int, span: range) -> Part:
            if copies:
                return await bucket.copy_part(key, upload, number, of=staged, span=span)
            content = await bucket.get_range(staged.key, staged.etag, span.start, len(span))
            return await bucket.put_part(key, upload, number, content)

        sends = (partial(send, number, span) for number, span in enumerate(spans, 1))
        async with aclosing(in_order(sends)) as sent:
            return [part async for part in sent]

    async def _require_whole(self, bucket: Bucket, key: str, upload: str) -> None:
        """Have the store say how much there is, before anybody can see it."""
        with suppress(UnsupportedError):
            found = sum(each.bytes for each in await bucket.list_parts(key, upload))
            if found != self.size:
                raise VerificationError(
                    f"The object store has {found} bytes of the archive in parts instead of {self.size}; "
                    "check the store, then start the export again."
                )


def cut_spans(size: int, usual: int, least: int) -> Sequence[range]:
    """Cut into spans that are neither too many, with one more behind them, nor too small; the last may be larger."""
    length = max(usual, -(-size // (MOST_PARTS - 1)))
    starts = [each for each in range(0, size, length) if each == 0 or size - each >= least]
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], size], strict=True)]


@asynccontextmanager
async def held(leases: Leases, name: str) -> AsyncIterator[None]:
    """Say that somebody is at work with what has this name of its own, in the context, whatever the job store does.

    What it loses it takes again: the sweep looks twice.
    """
    holding = asyncio.create_task(_hold(leases, name))
    try:
        yield
    finally:
        await cancel_all([holding])


async def _hold(leases: Leases, name: str) -> None:
    while True:
        with suppress(StoreUnavailableError, UnavailableError, TimeoutError):
            async with leases.hold(name, seconds=0) as lease:
                while True:
                    await asyncio.sleep(_LOOK_SECONDS)
                    lease.require()
        await asyncio.sleep(_LOOK_SECONDS)
