"""The folder of downloads that all checkouts share."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
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
def cache_lock(folder: Path, name: str) -> Iterator[None]:
    """Hold one name of the folder against other processes that would download it."""
    with (folder / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_once(name: str, make: Callable[[Path], Path]) -> Path:
    """Return the folder of that name, made when missing: the function gets an empty place, returns what it made there.

    The folder appears once it is whole: what an interrupted making left behind is thrown away.
    """
    cache = cache_dir()
    whole = cache / name
    with cache_lock(cache, name):
        if not whole.exists():
            part = cache / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            make(part).rename(whole)
            shutil.rmtree(part, ignore_errors=True)
    return whole
