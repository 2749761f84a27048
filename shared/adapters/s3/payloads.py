"""What an archive is published from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from shared.adapters.s3.bucket import Bucket, Part
from shared.adapters.s3.scratch import ScratchFile
from shared.adapters.s3.transfers import PIECE_BYTES, hash_file, send_parts


class Payload(Protocol):
    """All bytes of an archive, which can be sent several times."""

    @property
    def size(self) -> int:
        """How many they are."""
        ...

    async def hash(self) -> str:
        """Return their SHA-256."""
        ...

    async def read_small(self) -> bytes | None:
        """Return them where they are few; else None."""
        ...

    async def send(self, bucket: Bucket, key: str, upload: str) -> Sequence[Part]:
        """Write them as the parts of a multipart upload. Raises: as a bucket does."""
        ...


class FilePayload:
    """Implements Payload with a file of this machine."""

    def __init__(self, file: ScratchFile) -> None:
        self._file = file

    @property
    def size(self) -> int:
        """What the file has now."""
        return self._file.size

    async def hash(self) -> str:
        """Read the file."""
        return await hash_file(self._file.path)

    async def read_small(self) -> bytes | None:
        """Read a file of one piece."""
        if self._file.size > PIECE_BYTES:
            return None
        return await asyncio.to_thread(self._file.read, 0, PIECE_BYTES)

    async def send(self, bucket: Bucket, key: str, upload: str) -> Sequence[Part]:
        """Send the file."""
        return await send_parts(bucket, key, upload, self._file)
