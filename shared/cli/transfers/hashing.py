"""Compares a file of this machine with an archive of the gateway."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from shared.archive.file_hash import hash_file
from shared.cli.client.gateway import READING_SECONDS, Gateway
from shared.cli.client.retrying import repeat
from shared.cli.errors import AnswerError, CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContent:
    """What the gateway says of an archive's content."""

    bytes: int
    sha256: str

    @property
    def etag(self) -> str:
        """The form in which the gateway's headers name the content."""
        return f'"{self.sha256}"'


async def read_facts(gateway: Gateway, name: str) -> StoredContent:
    """Ask for an archive's size and hash. Raises: AnswerError, UnreachableError."""

    async def attempt() -> StoredContent:
        async with gateway.open("HEAD", "archives", name, silence=READING_SECONDS) as answer:
            return StoredContent(bytes=int(answer.headers["Content-Length"]), sha256=answer.headers["ETag"].strip('"'))

    return await repeat(attempt)


async def find_facts(gateway: Gateway, name: str) -> StoredContent | None:
    """Return the same; None where there is no such archive."""
    try:
        return await read_facts(gateway, name)
    except AnswerError as error:
        if error.status == 404:
            return None
        raise


async def is_same(file: Path, facts: StoredContent) -> bool:
    """Return whether a file has just this content."""
    return await asyncio.to_thread(_is_same, file, facts)


def _is_same(file: Path, facts: StoredContent) -> bool:
    return file.stat().st_size == facts.bytes and hash_file(file) == (facts.sha256, facts.bytes)


async def require_same(file: Path, facts: StoredContent) -> None:
    """Raise CommandError where what arrived is not what was sent."""
    if not await is_same(file, facts):
        raise CommandError(f"{file} is not what the gateway holds: it changed meanwhile, or on its way. Try again.")
