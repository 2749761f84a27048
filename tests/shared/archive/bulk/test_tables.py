from __future__ import annotations

import io
from collections.abc import Sequence

from shared.archive.bulk.spool import BulkSpool
from shared.archive.bulk.tables import BulkRow, BulkTable, BulkTables, TableSort
from shared.archive.bulk.values import cell_of, text_cell


def make_row(number: int, text: str, *, label: str = "A") -> BulkRow:
    return BulkRow(ids=(number,), name=text_cell(label), columns=("x:string",), cells=(cell_of(text),))


def texts_of(spool: BulkSpool, tables: Sequence[BulkTable]) -> list[list[str]]:
    return [[spool.read_text(piece) for piece in table.pieces] for table in tables]


def test_a_full_file_is_cut_after_a_row() -> None:
    spool = BulkSpool(io.BytesIO())
    tables = BulkTables(spool, piece_bytes=20)
    for number in range(5):
        tables.append("f", TableSort.NODES, make_row(number, "abc"))
        tables.store_cuts()
    assert texts_of(spool, tables.finish()) == [
        ['0,"A","abc"\n1,"A","abc"\n', '2,"A","abc"\n3,"A","abc"\n', '4,"A","abc"\n']
    ]


def test_many_small_files_are_cut_when_they_are_too_much_together() -> None:
    spool = BulkSpool(io.BytesIO())
    tables = BulkTables(spool, pending_bytes=100)
    for number in range(30):
        tables.append("f", TableSort.NODES, make_row(number, "abc", label=f"L{number}"))
        tables.store_cuts()
    assert spool.bytes > 300
    assert sorted(len(pieces) for pieces in texts_of(spool, tables.finish())) == [1] * 30


def test_a_delimiter_that_was_in_the_data_is_not_tried_again() -> None:
    spool = BulkSpool(io.BytesIO())
    tables = BulkTables(spool)
    for number in range(100):
        tables.append("f", TableSort.NODES, make_row(number, "\x1f" if number % 2 else "\x1e"))
    (table,) = tables.finish()
    assert len(table.pieces) == 3
    assert tables.array_delimiter == "\x1d"
    assert "".join(texts_of(spool, [table])[0]).count("\x1f") == 50
