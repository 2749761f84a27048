"""Finds a ZIP's directory from its end records."""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from typing import IO, Any, Final

from shared.archive.limits import MIB
from shared.archive.zip.records import (
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    FULL16,
    FULL32,
    LOCATOR64,
    LOCATOR64_SIGNATURE,
)
from shared.errors import InvalidArchiveError

_MAX_DIRECTORY_BYTES: Final = 16 * MIB
"""Far more than the entries that any archive may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Where the directory stands."""

    offset: int
    bytes: int
    entries: int


def find_directory(file: IO[bytes]) -> Directory:
    """Read the end records.

    Raises: InvalidArchiveError unless the file ends with them and their comment, directly behind the directory.
    """
    end, fields = _find_end(file)
    directory, limit = Directory(offset=fields[6], bytes=fields[5], entries=fields[4]), end
    if fields[1] or fields[2] or fields[3] != fields[4]:
        raise InvalidArchiveError("A ZIP split over several disks is not supported.")
    if (located := _find_zip64(file, end)) is not None:
        wide, limit = located
        _check_same(directory, wide)
        directory = wide
    if directory.offset + directory.bytes != limit:
        raise InvalidArchiveError("The directory does not stand before its end record.")
    if directory.bytes > _MAX_DIRECTORY_BYTES:
        raise InvalidArchiveError(f"The directory takes {directory.bytes} bytes.")
    return directory


def has_end(file: IO[bytes]) -> bool:
    """Return whether a file ends with what a reader of ZIPs may take for an end record and its comment."""
    _, tail = _read_tail(file)
    return bool(_whole_ends(tail))


def _read_tail(file: IO[bytes]) -> tuple[int, bytes]:
    size = file.seek(0, os.SEEK_END)
    start = file.seek(max(0, size - END.size - FULL16))
    return start, file.read()


def _whole_ends(tail: bytes) -> list[int]:
    found = [each.start() for each in re.finditer(re.escape(END_SIGNATURE), tail)]
    return [at for at in found if at + END.size <= len(tail) and at + END.size + _comment_bytes(tail, at) == len(tail)]


def _find_end(file: IO[bytes]) -> tuple[int, tuple[Any, ...]]:
    """Find the one end record whose comment ends with the file."""
    start, tail = _read_tail(file)
    whole = _whole_ends(tail)
    if not whole:
        raise InvalidArchiveError("Not a ZIP, cut off, or followed by further bytes.")
    if whole != [tail.rindex(END_SIGNATURE)]:
        raise InvalidArchiveError(
            "The comment of the ZIP could be taken for its end; pack the ZIP again without a comment."
        )
    return start + whole[0], END.unpack_from(tail, whole[0])


def _comment_bytes(tail: bytes, at: int) -> int:
    return int.from_bytes(tail[at + END.size - 2 : at + END.size], "little")


def _read(file: IO[bytes], offset: int, form: struct.Struct) -> tuple[Any, ...] | None:
    if offset < 0:
        return None
    file.seek(offset)
    return form.unpack(file.read(form.size))


def _find_zip64(file: IO[bytes], end: int) -> tuple[Directory, int] | None:
    locator = _read(file, end - LOCATOR64.size, LOCATOR64)
    if locator is None or locator[0] != LOCATOR64_SIGNATURE:
        return None
    offset = end - LOCATOR64.size - END64.size
    record = _read(file, offset, END64)
    if record is None or record[0] != END64_SIGNATURE or locator[2] != offset or record[1] != END64.size - 12:
        raise InvalidArchiveError("The ZIP64 end record is damaged.")
    if record[4] or record[5] or record[6] != record[7]:
        raise InvalidArchiveError("A ZIP split over several disks is not supported.")
    return Directory(offset=record[9], bytes=record[8], entries=record[7]), offset


def _check_same(plain: Directory, wide: Directory) -> None:
    pairs = (
        (plain.offset, wide.offset, FULL32),
        (plain.bytes, wide.bytes, FULL32),
        (plain.entries, wide.entries, FULL16),
    )
    if any(short not in (full, long) for short, long, full in pairs):
        raise InvalidArchiveError("The ZIP64 end record contradicts the plain one.")
