"""The folder of downloads that all checkouts share."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "GRAPHFERRY_CACHE"
"""Names another folder; read by infra alone, so it is not among the settings."""


def cache_dir() -> Path:
    """Return the folder, made when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get(VARIABLE) or Path(base) / "graphferry")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def cache_lock(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes that would download into it."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
