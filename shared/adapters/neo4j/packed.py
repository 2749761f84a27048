"""Records that stay packed, for whoever writes them on by the compiled codec; rows that come packed by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.driver_internals import PackedValue
from shared.adapters.neo4j.wire_values import HYDRATION
from shared.errors import TransferError
from shared.packing.elements import PackedElements, Wire
from shared.packing.ordinals import OrdinalIndex
from shared.packing.rows import PackedReading, PackedRows

_SENSELESS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What comes of bytes that are no rows."""


def reading_of(
    database: str, mend: Callable[[list[Row]], None], *, ordinals: OrdinalIndex | None = None
) -> PackedReading:
    """Return how rows of a database are read; `mend` makes of rows of the wire what readers expect."""
    refuse = partial(_refuse, database)

    def read_value(content: bytes | bytearray) -> Any:
        try:
            return _unpack(content)
        except _SENSELESS as error:
            raise refuse(error) from error

    def read_rows(content: bytes | bytearray) -> Sequence[Row]:
        rows = read_value(content)
        try:
            mend(rows)
        except _SENSELESS as error:
            raise refuse(error) from error
        return list(rows)

    return PackedReading(read_rows=read_rows, read_value=read_value, refuse=refuse, ordinals=ordinals)


def open_rows(content: bytes, reading: PackedReading) -> PackedRows:
    """Return the rows of a packed list of them. Raises: TransferError."""
    from shared.native.packstream import open_list  # noqa: PLC0415 - only where it is compiled

    try:
        count, at = open_list(content)
    except (IndexError, ValueError) as error:
        raise reading.refuse(error) from error
    return PackedRows(content, at=at, count=count, reading=reading)


def pack_nodes(rows: PackedElements) -> PackedValue:
    """Return nodes as a statement takes them: labels and properties."""
    return PackedValue(rows.as_list())


def pack_relationships(rows: PackedElements, ids: memoryview) -> PackedValue:
    """Return relationships as a statement takes them: both ends by id, type, properties; `ids` are the nodes'."""
    from shared.native.elements import connect  # noqa: PLC0415 - only where it is compiled

    return PackedValue(connect(rows.content, rows.sizes, rows.starts, rows.ends, ids, rows.shift))


def _unpack(content: bytes | bytearray) -> Any:
    """Unpack a value, once it is sure that it is one."""
    from shared.native.packstream import pass_values  # noqa: PLC0415 - only where it is compiled

    if pass_values(content, 0, 1) != len(content):
        raise ValueError("more bytes than a value has")
    return HYDRATION.unpack(content)


def _refuse(database: str, error: Exception) -> TransferError:
    return TransferError(f"Database {database!r} sends what cannot be read: {error}.")


WIRE: Final = Wire(pack=HYDRATION.pack, unpack=_unpack)
"""How values travel to every database."""
