"""The names of a ZIP's entries, in the two encodings that ZIP knows."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from shared.errors import InvalidArchiveError

FLAG_UTF8: Final = 0x0800
_UNICODE_PATH_EXTRA: Final = 0x7075
_UNICODE_PATH: Final = struct.Struct("<BL")
"""Version and the CRC of the name in the header; the name in UTF-8 follows."""


def printable(raw_name: bytes) -> str:
    """Return a name for messages, whatever its bytes are."""
    return raw_name.decode(errors="backslashreplace")


def decode_name(raw_name: bytes, flags: int, extras: Sequence[tuple[int, bytes]]) -> str:
    """Return an entry's name.

    It is UTF-8 where it can be, else CP437 unless the flags say UTF-8. A Unicode path among the extra fields must be
    one of these readings. Raises: InvalidArchiveError.
    """
    readings = _readings(raw_name, flags)
    second = [content for tag, content in extras if tag == _UNICODE_PATH_EXTRA]
    if not second:
        return readings[0]
    path = _unicode_path(second[0], raw_name)
    if len(second) > 1 or path not in readings:
        raise InvalidArchiveError(
            f"The Unicode path in its extra fields gives a second name, {path!r}.", entry=printable(raw_name)
        )
    return path


def _readings(raw_name: bytes, flags: int) -> list[str]:
    try:
        utf8 = [raw_name.decode()]
    except UnicodeDecodeError as error:
        if flags & FLAG_UTF8:
            raise InvalidArchiveError(
                "Has no place in an archive: its name is not UTF-8, though its flags say so.",
                entry=printable(raw_name),
            ) from error
        utf8 = []
    return utf8 if flags & FLAG_UTF8 else [*utf8, raw_name.decode("cp437")]


def _unicode_path(content: bytes, raw_name: bytes) -> str:
    try:
        version, crc = _UNICODE_PATH.unpack_from(content)
        path = content[_UNICODE_PATH.size :].decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise InvalidArchiveError(
            "The Unicode path in its extra fields is damaged.", entry=printable(raw_name)
        ) from error
    if version != 1 or crc != zlib.crc32(raw_name):
        raise InvalidArchiveError(
            "The Unicode path in its extra fields belongs to another name.", entry=printable(raw_name)
        )
    return path
