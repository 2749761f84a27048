"""Reads a file in pieces, as fast as they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from shared.cli.screen.bars import Bar

CHUNK_BYTES: Final = 256 * 1024


async def read_pieces(file: Path, done: int, total: int, bar: Bar) -> AsyncIterator[bytes]:
    """Give a file from a byte on, telling how far it has come."""
    with file.open("rb") as opened:
        opened.seek(done)
        while chunk := opened.read(CHUNK_BYTES):
            yield chunk
            done += len(chunk)
            bar.move(done, total)
