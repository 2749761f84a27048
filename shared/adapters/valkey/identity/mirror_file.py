"""The mirror of identity as a file that all processes see."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shared.ports.mirrors import Renew

_SECONDS: Final = 30.0
"""How long a mirroring thread waits for the store: above the client's own time-out, below forever."""


class MirrorFile:
    """Implements the Mirror port."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def place(self) -> str:
        """The path."""
        return str(self._path)

    async def read(self) -> bytes | None:
        """Read the file."""
        return await asyncio.to_thread(self._read)

    async def replace(self, renew: Renew) -> None:
        """Replace the file under its lock."""
        loop = asyncio.get_running_loop()

        def replace() -> None:
            with self._lock():
                content = asyncio.run_coroutine_threadsafe(_call(renew, self._read()), loop).result(_SECONDS)
                if content is not None:
                    self._write(content)

        await asyncio.to_thread(replace)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Keep other processes from replacing the file meanwhile. Blocks: enter it in a thread."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, content: bytes) -> None:
        """Replace the file durably in one step."""
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        _sync_folder(self._path.parent)


async def _call(renew: Renew, kept: bytes | None) -> bytes | None:
    return await renew(kept)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
