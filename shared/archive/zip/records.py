"""ZIP's records as bytes: local header, directory record, end records."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STORED: Final = 0
DEFLATED: Final = 8

LOCAL: Final = struct.Struct("<4s5H3L2H")
LOCAL_SIGNATURE: Final = b"PK\x03\x04"
CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
CENTRAL_SIGNATURE: Final = b"PK\x01\x02"
END: Final = struct.Struct("<4s4H2LH")
END_SIGNATURE: Final = b"PK\x05\x06"
END64: Final = struct.Struct("<4sQ2H2L4Q")
END64_SIGNATURE: Final = b"PK\x06\x06"
LOCATOR64: Final = struct.Struct("<4sLQL")
LOCATOR64_SIGNATURE: Final = b"PK\x06\x07"
DESCRIPTOR_SIGNATURE: Final = b"PK\x07\x08"
EXTRA: Final = struct.Struct("<2H")
ZIP64_EXTRA: Final = 1

FULL16: Final = 0xFFFF
FULL32: Final = 0xFFFFFFFF
"""A field of 32 bits that says: see the ZIP64 field."""

_FIXED_DATE: Final = 0x21
"""1980-01-01, the earliest that ZIP knows: an archive tells nothing about when it was made."""
_VERSION: Final = 20
_VERSION_ZIP64: Final = 45
_MADE_ON_UNIX: Final = 3 << 8
_REGULAR_FILE: Final = 0o100644 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRecord:
    """Where an entry stands in its file."""

    name: str
    method: int
    crc: int
    deflated_bytes: int
    bytes: int
    offset: int
    """Of the local header."""
    data_offset: int


def local_header_bytes(name: str, *, crc: int, deflated_bytes: int, size: int) -> bytes:
    """Write the header before a deflated entry's data."""
    big = max(deflated_bytes, size) >= FULL32
    extra = EXTRA.pack(ZIP64_EXTRA, 16) + struct.pack("<2Q", size, deflated_bytes) if big else b""
    encoded = name.encode()
    return (
        LOCAL.pack(
            LOCAL_SIGNATURE,
            _VERSION_ZIP64 if big else _VERSION,
            0,
            DEFLATED,
            0,
            _FIXED_DATE,
            crc,
            FULL32 if big else deflated_bytes,
            FULL32 if big else size,
            len(encoded),
            len(extra),
        )
        + encoded
        + extra
    )


def _central_bytes(entry: EntryRecord) -> bytes:
    big = max(entry.deflated_bytes, entry.bytes) >= FULL32
    fields = [entry.bytes, entry.deflated_bytes] if big else []
    fields += [entry.offset] if entry.offset >= FULL32 else []
    extra = EXTRA.pack(ZIP64_EXTRA, 8 * len(fields)) + struct.pack(f"<{len(fields)}Q", *fields) if fields else b""
    version = _VERSION_ZIP64 if fields else _VERSION
    encoded = entry.name.encode()
    return (
        CENTRAL.pack(
            CENTRAL_SIGNATURE,
            _MADE_ON_UNIX | version,
            version,
            0,
            entry.method,
            0,
            _FIXED_DATE,
            entry.crc,
            FULL32 if big else entry.deflated_bytes,
            FULL32 if big else entry.bytes,
            len(encoded),
            len(extra),
            0,
            0,
            0,
            _REGULAR_FILE,
            min(entry.offset, FULL32),
        )
        + encoded
        + extra
    )


def directory_bytes(entries: Sequence[EntryRecord], offset: int) -> bytes:
    """Write the directory that starts at an offset, with its end records."""
    directory = b"".join(map(_central_bytes, entries))
    count, size = len(entries), len(directory)
    if max(offset, size) >= FULL32 or count >= FULL16:
        directory += END64.pack(
            END64_SIGNATURE, END64.size - 12, _VERSION_ZIP64, _VERSION_ZIP64, 0, 0, count, count, size, offset
        )
        directory += LOCATOR64.pack(LOCATOR64_SIGNATURE, 0, offset + size, 1)
    short = min(count, FULL16)
    return directory + END.pack(END_SIGNATURE, 0, 0, short, short, min(size, FULL32), min(offset, FULL32), 0)
