"""A GraphML document that stands alone, plain or in gzip: like a ZIP with one entry."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from isal import isal_zlib

from shared.archive.foreign.files import ForeignFile
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.zip.end_records import has_end
from shared.archive.zip.entry_reader import PIECE_BYTES, inflate
from shared.archive_names import ENDINGS, Form, form_of
from shared.concurrency.stoppable import go_on
from shared.errors import InvalidArchiveError
from shared.ports.contents import Readable

_HEAD: Final = struct.Struct("<2sBBLBB")
_MAGIC: Final = b"\x1f\x8b"
_DEFLATE: Final = 8
_CHECKED, _EXTRA, _NAMED, _COMMENTED, _RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0
_MOST_HEAD_BYTES: Final = 256 * 1024
"""Of gzip's header: 64 KiB of extra fields, a name, a comment."""
_TAIL: Final = struct.Struct("<2L")
_PLAIN_STARTS: Final = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0<")
_CALLED: Final = {Form.ZIP: "a ZIP", Form.PLAIN: "an XML document", Form.GZIPPED: "in gzip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """Where the deflate stream of a gzip file stands, and what its end promises."""

    offset: int
    deflated_bytes: int
    crc: int
    bytes: int
    """Of the content, modulo 2 to the power of 32."""


def require_form(path: Readable, name: str) -> Form:
    """Return what the file is by its name.

    Raises: InvalidArchiveError where it is empty, or begins like something else.
    """
    if _measure(path) == 0:
        raise InvalidArchiveError("It is empty.")
    named, found = form_of(name), _begins_like(path)
    if found not in (named, None):
        endings = ", ".join(ending for ending, form in ENDINGS.items() if form is found)
        raise InvalidArchiveError(
            f"The content is {_CALLED[found]}, which the name does not say: it must end in {endings}."
        )
    return named


def _measure(path: Readable) -> int:
    with path.open("rb") as file:
        return file.seek(0, os.SEEK_END)


def open_lone(path: Readable, name: str, limits: ArchiveLimits) -> ForeignFile:
    """Return the document of a file. Raises: InvalidArchiveError, reading too."""
    with path.open("rb") as file:
        if has_end(file):
            raise InvalidArchiveError("The file could be taken for a ZIP too: it ends like one.")
    read: Callable[[], Iterator[bytes]]
    if form_of(name) is Form.GZIPPED:
        read = partial(_read_member, path, name, _find_member(path), limits)
    else:
        read = partial(_read_plain, path, limits)
    return ForeignFile(name=name, read=read)


def _begins_like(path: Readable) -> Form | None:
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(_MAGIC):
        return Form.GZIPPED
    if head.startswith(b"PK\x03\x04"):
        return Form.ZIP
    return Form.PLAIN if head.lstrip().startswith(_PLAIN_STARTS) else None


def _read_plain(path: Readable, limits: ArchiveLimits) -> Iterator[bytes]:
    size = _measure(path)
    if size > limits.inflated_bytes:
        raise InvalidArchiveError(
            f"{size} bytes; at most {limits.inflated_bytes} are allowed ({Setting.INFLATED_BYTES})."
        )
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            go_on()
            yield piece


def _read_member(path: Readable, name: str, member: _Member, limits: ArchiveLimits) -> Iterator[bytes]:
    """Inflate the one member; anything behind it is refused."""
    by_ratio = max(limits.ratio_floor_bytes, limits.ratio * member.deflated_bytes)
    most, setting = min((limits.inflated_bytes, Setting.INFLATED_BYTES), (by_ratio, Setting.RATIO))
    crc = size = 0
    for piece in inflate(path, name, offset=member.offset, deflated_bytes=member.deflated_bytes):
        size += len(piece)
        if size > most:
            raise InvalidArchiveError(
                f"Inflates to more than {most} bytes, the most that is allowed ({setting}).", entry=name
            )
        crc = isal_zlib.crc32(piece, crc)
        yield piece
    if (crc, size % 2**32) != (member.crc, member.bytes):
        raise InvalidArchiveError("The checksum (CRC) or the size is wrong: the content is damaged.", entry=name)


def _find_member(path: Readable) -> _Member:
    with path.open("rb") as file:
        head = file.read(_MOST_HEAD_BYTES)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL.size))
        tail = file.read()
    offset = _head_bytes(head)
    if offset + _TAIL.size > size:
        raise InvalidArchiveError("The gzip file is cut off.")
    crc, inflated = _TAIL.unpack(tail)
    return _Member(offset=offset, deflated_bytes=size - offset - _TAIL.size, crc=crc, bytes=inflated)


def _head_bytes(head: bytes) -> int:
    """Return how long gzip's header is. Raises: InvalidArchiveError."""
    try:
        magic, method, flags, *_ = _HEAD.unpack_from(head)
        if magic != _MAGIC or method != _DEFLATE or flags & _RESERVED:
            raise InvalidArchiveError("Not a gzip file, or of a kind that is not known.")
        at = _HEAD.size
        if flags & _EXTRA:
            at += 2 + int(struct.unpack_from("<H", head, at)[0])
        for flag in (_NAMED, _COMMENTED):
            if flags & flag:
                at = head.index(b"\0", at) + 1
        if flags & _CHECKED:
            if struct.unpack_from("<H", head, at)[0] != isal_zlib.crc32(head[:at]) & 0xFFFF:
                raise InvalidArchiveError("The checksum of gzip's header is wrong.")
            at += 2
    except (struct.error, ValueError) as error:
        raise InvalidArchiveError("The header of the gzip file is cut off, or longer than any.") from error
    return at
