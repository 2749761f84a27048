"""The two files of an upload: what has arrived, and what was said of it.

They lie hidden in the tenant's folder, so that the archive gets its name by a link. A lock on the first says that
somebody writes; the system drops it with the process. Every file is opened relative to the folder's own descriptor.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Self

from shared.errors import UnknownUploadError, UploadBusyError

CONTENT, NOTES = ".upload", ".upload.json"
_READ_WRITE = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What is known of an upload beside its bytes."""

    length: int
    name: str
    number: bool
    trusted: int | None = None
    """Only so many bytes count; None: all."""
    archive: str | None = None

    @classmethod
    def read(cls, folder: int, upload_id: str) -> Self:
        """Raises: UnknownUploadError."""
        try:
            with _opened(f".{upload_id}{NOTES}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, folder) as file:
                return cls(**json.loads(os.read(file, 65_536)))
        except (OSError, ValueError, TypeError) as error:
            raise UnknownUploadError(upload_id) from error

    def write(self, folder: int, upload_id: str) -> None:
        """Replace them, durably."""
        name = f".{upload_id}{NOTES}"
        with suppress(FileNotFoundError):
            os.unlink(f"{name}.new", dir_fd=folder)
        fields = {field: getattr(self, field) for field in self.__dataclass_fields__}
        with _opened(f"{name}.new", _NEW, folder) as file:
            os.write(file, json.dumps(fields).encode())
            os.fsync(file)
        os.rename(f"{name}.new", name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)

    def change(self, folder: int, upload_id: str, **changes: object) -> Notes:
        """Replace some of them, durably."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        changed.write(folder, upload_id)
        return changed


@contextmanager
def _opened(name: str, flags: int, folder: int) -> Iterator[int]:
    descriptor = os.open(name, flags, 0o640, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def create_files(folder: int, upload_id: str, notes: Notes) -> None:
    """Make both files; the notes last, for without them there is no upload."""
    with _opened(f".{upload_id}{CONTENT}", _NEW, folder) as content:
        os.fsync(content)
    notes.write(folder, upload_id)


def open_content(folder: int, upload_id: str) -> int:
    """Open what has arrived. Raises: UnknownUploadError."""
    try:
        return os.open(f".{upload_id}{CONTENT}", _READ_WRITE, dir_fd=folder)
    except OSError as error:
        raise UnknownUploadError(upload_id) from error


def lock(content: int, upload_id: str) -> None:
    """Keep all others from writing, until this descriptor is closed. Raises: UploadBusyError."""
    try:
        fcntl.flock(content, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UploadBusyError(upload_id) from error


def find_archive(folder: int, content: int) -> str | None:
    """Find the name that what has arrived has in the folder beside its own; None where it has none."""
    facts = os.fstat(content)
    if facts.st_nlink < 2:
        return None
    with os.scandir(folder) as entries:
        found = (each.name for each in entries if each.inode() == facts.st_ino and not each.name.startswith("."))
        return next(found, None)


def remove_files(folder: int, upload_id: str) -> None:
    """Remove both files, the notes first."""
    for ending in (NOTES, f"{NOTES}.new", CONTENT):
        with suppress(FileNotFoundError):
            os.unlink(f".{upload_id}{ending}", dir_fd=folder)
