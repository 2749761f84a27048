"""Packs and unpacks values as the driver does, with our ways to write and read structures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neo4j._codec.packstream import v1

from shared.adapters.neo4j.wire_values import HYDRATION
from shared.errors import TransferError
from shared.packing.elements import Wire
from shared.packing.rows import PackedReading, PackedRows

_DRIVER: Any = v1


def pack(value: Any) -> bytes:
    """Return a value's bytes on the wire."""
    buffer = _DRIVER.PackableBuffer()
    _DRIVER.Packer(buffer).pack(value, HYDRATION.new_hydration_scope().dehydration_hooks)
    return bytes(buffer.data)


def unpack(content: bytes | bytearray) -> Any:
    """Return the value of bytes on the wire."""
    buffer = _DRIVER.UnpackableBuffer(content)
    return _DRIVER.Unpacker(buffer).unpack(HYDRATION.new_hydration_scope().hydration_hooks)


def _refuse(error: Exception) -> TransferError:
    return TransferError(f"what came cannot be read: {error}")


def _unpack_or_refuse(content: bytes | bytearray) -> Any:
    try:
        return unpack(content)
    except (TypeError, ValueError) as error:
        raise _refuse(error) from error


WIRE = Wire(pack=pack, unpack=unpack)
READING = PackedReading(read_rows=_unpack_or_refuse, read_value=_unpack_or_refuse, refuse=_refuse)


def packed_rows(rows: Sequence[Any]) -> PackedRows:
    """Return rows as a record has them."""
    content = pack([list(row) for row in rows])
    return PackedRows(content, at=content.index(pack(list(rows[0]))) if rows else 1, count=len(rows), reading=READING)
