"""The folder of one installation, used by one stack at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.engines.process import EngineError


@contextmanager
def hold_data_dir(folder: Path) -> Iterator[None]:
    """Keep the folder, made when missing, for this process. Raises: EngineError when another stack uses it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "stack.pid").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise EngineError(
                f"{folder} is in use by process {lock.read().strip()}: stop that one, or name another folder."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
