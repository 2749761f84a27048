"""The SHA-256 of a file."""

from __future__ import annotations

import hashlib
from pathlib import Path


def hash_file(path: Path) -> tuple[str, int]:
    """Return a file's SHA-256 and its size."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()
