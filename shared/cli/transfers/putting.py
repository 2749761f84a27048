"""Sends an archive in one request, to a gateway that has no resumable uploads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from shared.cli.client.gateway import READING_SECONDS, Gateway
from shared.cli.client.retrying import repeat
from shared.cli.errors import AnswerError
from shared.cli.screen.bars import Bar
from shared.cli.transfers.hashing import find_facts, is_same

CHUNK_BYTES: Final = 256 * 1024


async def put(gateway: Gateway, file: Path, name: str, bar: Bar) -> str:
    """Send a file under a name that must be free; return the name. Raises: AnswerError, UnreachableError."""
    total = file.stat().st_size  # noqa: ASYNC240 - a moment
    headers = {"Content-Length": str(total), "Content-Type": "application/zip"}

    async def attempt() -> str:
        data = read_pieces(file, 0, total, bar)
        async with gateway.open("PUT", "archives", name, data=data, headers=headers, silence=READING_SECONDS):
            return name

    try:
        return await repeat(attempt)
    except AnswerError as error:
        facts = await find_facts(gateway, name) if error.code == "ARCHIVE_EXISTS" else None
        if facts is not None and await is_same(file, facts):
            return name  # an attempt whose answer was lost
        raise


async def read_pieces(file: Path, done: int, total: int, bar: Bar) -> AsyncIterator[bytes]:
    """Give a file from a byte on, telling how far it has come."""
    with file.open("rb") as opened:
        opened.seek(done)
        while chunk := opened.read(CHUNK_BYTES):
            yield chunk
            done += len(chunk)
            bar.move(done, total)
