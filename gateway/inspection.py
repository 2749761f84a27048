"""What an archive shows before any job reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from shared.errors import InvalidArchiveError

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
"""How a ZIP begins, with entries or without."""


async def read_application_names(path: Path, name: str) -> Sequence[str]:
    """Return the names of the applications in an archive. Raises: InvalidArchiveError."""
    await asyncio.to_thread(_require_magic, path, name)
    return []


def _require_magic(path: Path, name: str) -> None:
    with path.open("rb") as file:
        if file.read(4) not in _MAGIC:
            raise InvalidArchiveError(f"File {name!r} is not a ZIP archive: it does not begin like one.")
