"""Reads nodes of which several are too long for one record: ever fewer at once, at last one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final

from shared.adapters.neo4j.connection import RECORD_BYTES
from shared.adapters.neo4j.driver_internals import LONGEST_MESSAGE
from shared.adapters.neo4j.packed import open_rows
from shared.adapters.neo4j.repeating import Reads
from shared.adapters.neo4j.server_errors import TOO_LONG, RecordTooLongError
from shared.archive.limits import Setting
from shared.errors import GraphferryError, UnsupportedValueError
from shared.packing.rows import PackedReading

FEWER: Final = 4
"""By this the nodes of a record are divided: each try takes a connection."""


async def read_by_ids(
    reads: Reads, statement: str, ids: Sequence[int], *, label: str = "", packed: PackedReading | None = None
) -> AsyncGenerator[tuple[Sequence[int], Sequence[Any]], None]:
    """Give some of $ids each time, with the one list that the statement collects of them; `packed`: as it came.

    Raises: UnsupportedValueError for a node that is too long alone.
    """
    size = max(1, len(ids))
    while ids:
        some, is_single = ids[:size], size == 1
        limit = None if is_single else RECORD_BYTES
        try:
            parameters = {"label": label, "ids": some}
            ((rows,),) = await reads.run(statement, parameters, record_bytes=limit, packed=packed is not None)
        except TOO_LONG as error:
            if is_single:
                raise judge(error, f"Node {some[0]}") from error
            size = max(1, size // FEWER)
        else:
            yield some, rows if packed is None else open_rows(rows, packed)
            ids = ids[size:]


def judge(error: GraphferryError, what: str) -> GraphferryError:
    """Say that an element cannot be carried; of a server that has not the memory for it now, what it says."""
    if not isinstance(error, RecordTooLongError):
        return error
    return UnsupportedValueError(
        f"{what} has more than {LONGEST_MESSAGE} bytes of labels and properties, and more than twice "
        f"{Setting.VALUE_BYTES}."
    )
