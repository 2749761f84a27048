"""Finds out whether a store copies bytes of an object into a part: what is staged need not pass through here again."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.keys import TRIALS
from shared.errors import UnavailableError

_CONTENT: Final = b"graphferry"
_SPAN: Final = range(2, 6)
UNABLE: Final = "the store does not copy parts: large exports are fetched and sent again when they are published"


class Copying:
    """Tries a bucket out until it is known."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = asyncio.Lock()
        self._found: bool | None = None

    async def find(self) -> bool:
        """Return whether it does, and rightly; a store that refuses is asked again the next time."""
        async with self._lock:
            if self._found is None:
                try:
                    self._found = await _try_out(self._bucket)
                except UnavailableError:
                    return False
            return self._found


async def _try_out(bucket: Bucket) -> bool:
    source, target = (TRIALS + secrets.token_hex(16) for _ in range(2))
    try:
        await bucket.put(source, _CONTENT)
        facts = await bucket.head(source)
        upload = await bucket.begin_multipart(target)
        try:
            part = await bucket.copy_part(target, upload, 1, of=facts, span=_SPAN)
            await bucket.complete_multipart(target, upload, [part])
        except UnavailableError:
            await bucket.abort_multipart(target, upload)
            raise
        return await bucket.get(target) == _CONTENT[_SPAN.start : _SPAN.stop]
    finally:
        for key in (source, target):
            await bucket.delete(key)
