"""The file that keeps a copy of identity in case the store loses it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import orjson

from shared.adapters.valkey.identity.content import HASHES, IdentityContent
from shared.errors import StoreUnavailableError


class IdentityMirror:
    """Reads and replaces the mirror file, one process at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from replacing the file meanwhile. Blocks: enter it in a thread."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def read(self) -> IdentityContent | None:
        """Return what was mirrored last, None where nothing ever was. Raises: StoreUnavailableError when unreadable."""
        try:
            content = orjson.loads(self._path.read_bytes())
            return IdentityContent(**{name: content[name] for name in HASHES if name in content})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"The identity mirror {self._path} cannot be read ({error!r}); mend it or move it away."
            raise StoreUnavailableError(message) from error

    def write(self, content: IdentityContent) -> None:
        """Replace the file durably in one step."""
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps({name: dict(getattr(content, name)) for name in HASHES}))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        _sync_folder(self._path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
