"""The SHA-256 of a file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from shared.concurrency.stoppable import go_on

_PIECE_BYTES: Final = 1024**2


def hash_file(path: Path) -> tuple[str, int]:
    """Return a file's SHA-256 and its size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            go_on()
        return digest.hexdigest(), file.tell()
