"""Strays: what lies in a tenant's folder and is of no use to us. They are told of, and go when somebody says so.

Others put most of them there; of ours, the pins of archives are among them that others removed.
"""

from __future__ import annotations

import hashlib
import heapq
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from shared.adapters.folders.pins import find_left_pins, is_pin_name
from shared.adapters.folders.proofs import is_part_name
from shared.adapters.folders.upload_files import is_upload_name
from shared.archive_names import find_objection
from shared.errors import UnknownStrayError
from shared.ports.archives import Stray, StrayKind

MOST_STRAYS = 1000
LINK_REASON: Final = "a symbolic link, which is not followed; put the file itself into the folder"
_REASONS: Final[Mapping[StrayKind, str]] = {
    StrayKind.LINK: LINK_REASON,
    StrayKind.FOLDER: "a folder, which is not looked into; put archives beside it",
    StrayKind.OTHER: "a pipe, a socket or a device",
}
"""Why what is no file is not taken for an archive."""
_INNER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def list_strays(folder: int) -> Sequence[Stray]:
    """List the strays of an open folder by name, the first thousand of them."""
    entries = _list(folder)
    left_pins = find_left_pins(folder, (entry.name for entry in entries))
    found = ((entry.name, kind) for entry in entries if (kind := _kind_of(entry, left_pins)) is not None)
    return [_describe(name, kind) for name, kind in heapq.nsmallest(MOST_STRAYS, found)]


def _kind_of(entry: os.DirEntry[str], left_pins: frozenset[str]) -> StrayKind | None:
    """Return what kind of stray it is; None for what may be of use to us."""
    with suppress(OSError):
        if entry.is_symlink():
            return StrayKind.LINK
        if entry.is_dir(follow_symlinks=False):
            return StrayKind.FOLDER
        if entry.is_file(follow_symlinks=False):
            return None if _has_our_name(entry.name) and entry.name not in left_pins else StrayKind.FILE
    return StrayKind.OTHER


def _has_our_name(name: str) -> bool:
    return is_part_name(name) or is_upload_name(name) or is_pin_name(name) or find_objection(name) is None


def _describe(name: str, kind: StrayKind) -> Stray:
    # What cannot be printed is told as Python writes it.
    reason = _REASONS.get(kind) or _describe_file(name)
    return Stray(id=_id_of(name), name=repr(name)[1:-1], kind=kind, reason=reason)


def _describe_file(name: str) -> str:
    if is_pin_name(name):
        return "the pin of an archive that is gone"
    return f"the name cannot be an archive's: {find_objection(name)}"


def _id_of(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def remove_stray(folder: int, stray_id: str) -> None:
    """Remove a stray, with all that is in it. Raises: UnknownStrayError, OSError."""
    found = next((entry for entry in _list(folder) if _id_of(entry.name) == stray_id), None)
    if found is None or (kind := _kind_of(found, find_left_pins(folder, [found.name]))) is None:
        raise UnknownStrayError(stray_id)
    if kind is StrayKind.FOLDER:
        _empty(found.name, folder)
        os.rmdir(found.name, dir_fd=folder)
    else:
        os.unlink(found.name, dir_fd=folder)
    os.fsync(folder)


def _empty(name: str, folder: int) -> None:
    """Empty a folder of any depth: what is in its folders is lifted into it, level by level."""
    with _opened(name, folder) as level:
        while inner := _list(level):
            for entry in inner:
                if entry.is_dir(follow_symlinks=False):
                    _lift(entry.name, level)
                else:
                    os.unlink(entry.name, dir_fd=level)


def _lift(name: str, level: int) -> None:
    with _opened(name, level) as inner:
        for entry in _list(inner):
            os.rename(entry.name, uuid.uuid4().hex, src_dir_fd=inner, dst_dir_fd=level)
    os.rmdir(name, dir_fd=level)


def _list(folder: int) -> Sequence[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


@contextmanager
def _opened(name: str, folder: int) -> Iterator[int]:
    descriptor = os.open(name, _INNER, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
