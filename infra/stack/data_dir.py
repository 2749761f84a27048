"""The folder of one installation, used by one stack at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.engines.process import EngineError

KEYRING = "keyring.json"
"""The file that marks a folder as ours."""

_HOLDER = "stack.pid"


@contextmanager
def hold_data_dir(folder: Path) -> Iterator[None]:
    """Keep the folder, made when missing, for this process. Raises: EngineError when another stack uses it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _HOLDER).open("a+") as lock:
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


def empty_data_dir(folder: Path) -> None:
    """Throw away what an earlier stack left, but its keyring. Raises: EngineError for a folder that is not of ours."""
    if not is_ours(folder):
        raise EngineError(f"{folder} holds something else than a stack's data: name a new folder with --data-dir.")
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)


def is_ours(folder: Path) -> bool:
    """Return whether the folder is new, or a stack had its data there before."""
    return (folder / KEYRING).exists() or all(each.name == _HOLDER for each in folder.iterdir())
