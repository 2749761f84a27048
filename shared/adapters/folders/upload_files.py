"""The two files of an upload: what has arrived, and what was said of it.

What has arrived lies hidden in the tenant's folder, so that the archive gets its name by a link. A lock on it says that
somebody writes; the system drops it with the process. The notes lie where no tenant can write.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from shared.adapters.folders.opening import NEW, NOT_A_FILE, READ, READ_WRITE, open_file, opened_file, opened_folder
from shared.archive_names import require_archive_name, require_free_choice
from shared.errors import InvalidFileNameError, UnknownUploadError, UploadBusyError

CONTENT, NOTES, WANTED = ".upload", ".json", ".wanted"
NOTES_FOLDER = ".uploads"
"""Beside the tenants' folders: no tenant has such a name."""
_OWN_NAME = re.compile(r"\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.upload(?:\.json)?")
"""Notes lay there too, once."""
_MOST_BYTES = 65_536
_MOST_LENGTH = 2**63
_KINDS: Mapping[str, tuple[type, ...]] = {
    "length": (int, type(None)),
    "name": (str,),
    "number": (bool,),
    "trusted": (int, type(None)),
    "archive": (str, type(None)),
    "metadata": (str, type(None)),
}
_UNREADABLE = (
    OSError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
    InvalidFileNameError,
)
"""What notes raise that are none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The open folders that an upload lies in."""

    content: int
    """The tenant's."""
    notes: int


def _read_whole(file: int) -> bytes:
    content = os.read(file, _MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(len(content))
    return content


@contextmanager
def opened_place(root: Path, tenant: str) -> Iterator[Place]:
    """Open both folders. Raises: FileNotFoundError."""
    with opened_folder(root / tenant) as content, opened_folder(root / NOTES_FOLDER / tenant) as notes:
        yield Place(content=content, notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What is known of an upload beside its bytes."""

    length: int | None
    """None: not known yet."""
    name: str
    number: bool
    trusted: int | None = None
    """Only so many bytes count; None: all."""
    archive: str | None = None
    metadata: str | None = None
    """None: before that was noted."""

    @classmethod
    def read(cls, folder: int, upload_id: str) -> Self:
        """Raises: UnknownUploadError."""
        try:
            with opened_file(f"{upload_id}{NOTES}", READ, folder) as file:
                return cls._judge(json.loads(_read_whole(file)))
        except _UNREADABLE as error:
            raise UnknownUploadError(upload_id) from error

    @classmethod
    def _judge(cls, fields: Any) -> Self:
        """Take nothing on trust, least of all names.

        Raises: AttributeError, LookupError, TypeError, ValueError, InvalidFileNameError.
        """
        wrong = [name for name, kinds in _KINDS.items() if type(fields.get(name)) not in kinds]
        sizes = [fields["length"] or 0, fields.get("trusted") or 0]
        if wrong or not all(0 <= size < _MOST_LENGTH for size in sizes):
            raise ValueError(fields)
        if fields["length"] is None and fields.get("archive") is not None:
            raise ValueError(fields)
        require_free_choice(fields["name"])
        if fields.get("archive") is not None:
            require_archive_name(fields["archive"])
        return cls(**fields)

    def write(self, folder: int, upload_id: str) -> None:
        """Replace them, durably; what cannot be written leaves those that are there."""
        name = f"{upload_id}{NOTES}"
        fields = {field: getattr(self, field) for field in self.__dataclass_fields__}
        with suppress(FileNotFoundError):
            os.unlink(f"{name}.new", dir_fd=folder)
        try:
            with opened_file(f"{name}.new", NEW, folder) as file:
                os.write(file, json.dumps(fields).encode())
                os.fsync(file)
            os.rename(f"{name}.new", name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                os.unlink(f"{name}.new", dir_fd=folder)
            raise
        os.fsync(folder)

    def change(self, folder: int, upload_id: str, **changes: object) -> Notes:
        """Replace some of them, durably."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        changed.write(folder, upload_id)
        return changed


def create_files(place: Place, upload_id: str, notes: Notes) -> None:
    """Make both files; the notes last, for without them there is no upload. What cannot be made whole goes."""
    try:
        with opened_file(f".{upload_id}{CONTENT}", NEW, place.content) as content:
            os.fsync(content)
        notes.write(place.notes, upload_id)
    except OSError:
        with suppress(OSError):
            remove_files(place, upload_id)
        raise


def open_content(folder: int, upload_id: str) -> int:
    """Open what has arrived. Raises: UnknownUploadError."""
    try:
        return open_file(f".{upload_id}{CONTENT}", READ_WRITE, folder)
    except OSError as error:
        if error.errno not in NOT_A_FILE:
            raise
        raise UnknownUploadError(upload_id) from error


def has_other_names(content: int) -> bool:
    """Return whether what has arrived is also to be found elsewhere: writing to it would change that."""
    return os.fstat(content).st_nlink > 1


def lock(content: int, upload_id: str) -> None:
    """Keep all others from writing, until this descriptor is closed. Raises: UploadBusyError."""
    try:
        fcntl.flock(content, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UploadBusyError(upload_id) from error


def want(place: Place, upload_id: str) -> None:
    """Tell whoever writes that another waits."""
    with suppress(FileExistsError):
        os.close(open_file(f"{upload_id}{WANTED}", NEW, place.notes))


def is_wanted(place: Place, upload_id: str) -> bool:
    """Whether another waits for whoever writes."""
    with suppress(FileNotFoundError):
        os.stat(f"{upload_id}{WANTED}", dir_fd=place.notes, follow_symlinks=False)
        return True
    return False


def stop_wanting(place: Place, upload_id: str) -> None:
    """Wait no longer."""
    with suppress(FileNotFoundError):
        os.unlink(f"{upload_id}{WANTED}", dir_fd=place.notes)


def find_archive(folder: int, content: int) -> str | None:
    """Find the name that what has arrived has as an archive of the folder; None where it has none."""
    if not has_other_names(content):
        return None
    inode = os.fstat(content).st_ino
    with os.scandir(folder) as entries:
        return next((each.name for each in entries if each.inode() == inode and _is_archive_name(each.name)), None)


def _is_archive_name(name: str) -> bool:
    with suppress(InvalidFileNameError):
        return bool(require_archive_name(name))
    return False


def is_upload_name(name: str) -> bool:
    """Return whether we may have given a file of a tenant's folder its name."""
    return _OWN_NAME.fullmatch(name) is not None


def remove_files(place: Place, upload_id: str) -> None:
    """Remove both files, the notes first."""
    for name, folder in (
        (f"{upload_id}{NOTES}", place.notes),
        (f"{upload_id}{NOTES}.new", place.notes),
        (f"{upload_id}{WANTED}", place.notes),
        (f".{upload_id}{CONTENT}", place.content),
    ):
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
