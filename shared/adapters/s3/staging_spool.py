"""What an archive's writer keeps aside, as objects."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.transfers import PIECE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """An object with some of the bytes."""

    key: str
    span: range


class ObjectSpool:
    """Implements the Spool port: one piece is held, those before are objects."""

    def __init__(self, bucket: Bucket, beginning: str, piece_bytes: int = PIECE_BYTES) -> None:
        """`beginning`: of the keys."""
        self._bucket = bucket
        self._beginning = beginning
        self._piece_bytes = piece_bytes
        self._pieces: list[_Piece] = []
        self._held = bytearray()
        self._held_from = 0
        self._read_last: tuple[_Piece, bytes] | None = None

    @property
    def size(self) -> int:
        """What is in objects, and what is held."""
        return self._held_from + len(self._held)

    @property
    def has_objects(self) -> bool:
        """Whether anything lies in the bucket."""
        return bool(self._pieces)

    async def append(self, content: bytes) -> None:
        """Hold it; put what is enough into an object."""
        self._held += content
        if len(self._held) >= self._piece_bytes:
            piece = _Piece(key=f"{self._beginning}spool-{len(self._pieces)}", span=range(self._held_from, self.size))
            await self._bucket.put(piece.key, bytes(self._held))
            self._pieces.append(piece)
            self._held_from, self._held = piece.span.stop, bytearray()

    async def read(self, span: range) -> AsyncGenerator[bytes, None]:
        """Get one object after the other."""
        for piece in self._pieces:
            start, stop = max(span.start, piece.span.start), min(span.stop, piece.span.stop)
            if start < stop:
                content = await self._get(piece)
                yield content[start - piece.span.start : stop - piece.span.start]
        if span.stop > self._held_from:
            with memoryview(self._held) as held:
                last = bytes(held[max(span.start - self._held_from, 0) : span.stop - self._held_from])
            yield last

    async def _get(self, piece: _Piece) -> bytes:
        """Get a piece; the one that several spans share is remembered."""
        if self._read_last is None or self._read_last[0] != piece:
            self._read_last = piece, await self._bucket.get(piece.key)
        return self._read_last[1]
