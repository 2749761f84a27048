"""Reads a ZIP's directory, entry by entry, with the fields that ZIP64 widens."""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

from shared.archive.zip.end_records import Directory
from shared.archive.zip.entry_names import FLAG_UTF8, decode_name, printable
from shared.archive.zip.records import CENTRAL, CENTRAL_SIGNATURE, DEFLATED, EXTRA, FULL32, STORED, ZIP64_EXTRA
from shared.errors import InvalidArchiveError

FLAG_DESCRIPTOR: Final = 0x0008
"""Sizes follow the data."""
_FLAGS_LEVEL: Final = 0x0006
_KNOWN_FLAGS: Final = FLAG_DESCRIPTOR | FLAG_UTF8 | _FLAGS_LEVEL
_UNIX: Final = 3
_MODES: Final = (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFIFO)
"""A pipe is what Info-ZIP notes for a file that it read from one; its content is a file's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedEntry:
    """An entry as the directory lists it."""

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    deflated_bytes: int
    bytes: int
    offset: int

    @property
    def is_folder(self) -> bool:
        """Whether the entry is an empty folder."""
        return self.raw_name.endswith(b"/")


def read_directory(file: IO[bytes], directory: Directory) -> Iterator[ListedEntry]:
    """Yield the entries in order. Raises: InvalidArchiveError."""
    file.seek(directory.offset)
    content = file.read(directory.bytes)
    position = 0
    for _ in range(directory.entries):
        if content[position : position + 4] != CENTRAL_SIGNATURE or len(content) - position < CENTRAL.size:
            raise InvalidArchiveError("The directory of the ZIP is damaged.")
        fields = CENTRAL.unpack_from(content, position)
        name_bytes, extra_bytes, comment_bytes = fields[10:13]
        start = position + CENTRAL.size
        position = start + name_bytes + extra_bytes + comment_bytes
        if position > len(content):
            raise InvalidArchiveError("The directory of the ZIP is cut off.")
        yield _listed(fields, content[start : start + name_bytes], content[start + name_bytes :][:extra_bytes])
    if position != len(content):
        raise InvalidArchiveError("The directory of the ZIP holds more than its entries.")


def _listed(fields: tuple[Any, ...], raw_name: bytes, extra: bytes) -> ListedEntry:
    extras = read_extras(extra, printable(raw_name))
    name = decode_name(raw_name, fields[3], extras)
    size, deflated, offset = with_zip64(extras, (fields[9], fields[8], fields[16]), name)
    mode = fields[15] >> 16
    if fields[1] >> 8 == _UNIX and stat.S_IFMT(mode) not in _MODES:
        raise InvalidArchiveError("A link or a device has no place in an archive.", entry=name)
    if fields[3] & ~_KNOWN_FLAGS:
        raise InvalidArchiveError(
            f"Flags {fields[3]:#06x}: encrypted or patched entries are not supported.", entry=name
        )
    if fields[4] not in (STORED, DEFLATED):
        raise InvalidArchiveError(f"Method {fields[4]}: only stored or deflated entries are supported.", entry=name)
    if fields[13]:
        raise InvalidArchiveError("Split over several disks.", entry=name)
    return ListedEntry(
        raw_name=raw_name,
        name=name,
        flags=fields[3],
        method=fields[4],
        crc=fields[7],
        deflated_bytes=deflated,
        bytes=size,
        offset=offset,
    )


def read_extras(extra: bytes, name: str) -> list[tuple[int, bytes]]:
    """Split the extra fields of an entry into tags and contents. Raises: InvalidArchiveError."""
    fields, position = [], 0
    while position < len(extra):
        if len(extra) - position < EXTRA.size:
            raise InvalidArchiveError("An extra field is damaged.", entry=name)
        tag, size = EXTRA.unpack_from(extra, position)
        position += EXTRA.size
        if size > len(extra) - position:
            raise InvalidArchiveError("An extra field is damaged.", entry=name)
        fields.append((tag, extra[position : position + size]))
        position += size
    return fields


def with_zip64(extras: Sequence[tuple[int, bytes]], fields: Iterable[int], name: str) -> list[int]:
    """Replace the fields that say "see ZIP64", which must hold exactly these."""
    content = [value for tag, value in extras if tag == ZIP64_EXTRA]
    values = list(fields)
    wanted = [index for index, value in enumerate(values) if value == FULL32]
    if len(content) > 1 or (content and len(content[0]) != 8 * len(wanted)) or (wanted and not content):
        raise InvalidArchiveError("The ZIP64 sizes contradict the plain ones.", entry=name)
    if wanted:
        for index, value in zip(wanted, struct.unpack(f"<{len(wanted)}Q", content[0]), strict=True):
            values[index] = value
    return values
