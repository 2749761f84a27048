"""Writes small files so that a reader sees the old content or the new; keeps others out of a folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomically(file: Path, text: str, *, mode: int) -> None:
    """Replace the file's content and permissions in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w") as output:
        output.write(text)
        os.fsync(handle)
    part.replace(file)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other starts out of a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
