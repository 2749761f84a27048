"""Tests of files that packed rows go into: none differs from the one of unpacked rows."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from shared.archive.bulk.writer import BulkCsvWriter
from shared.archive.export_writer import ExportWriter
from shared.archive.writing.secured import secured_by
from shared.archive.writing.writer import ArchiveWriter
from shared.graph import Date
from tests.support.archives.small import make_entry
from tests.support.packing import packed_rows

Opener = Callable[[Path], AbstractAsyncContextManager[ExportWriter]]

_NODES: Sequence[Any] = [
    [5 * at, ["L"], {"a": at, "password": "x", "d": Date(at), "t": "<&>" * (at % 3)}] for at in range(40)
]
_RELATIONSHIPS: Sequence[Any] = [[at, 5 * at, 0, "T", {"f": at / 8}] for at in range(40)]


async def write(path: Path, opener: Opener, rows: Callable[[Sequence[Any]], Any]) -> object:
    """Write the graph, with rows made by a function; return what the file holds."""
    async with opener(path) as writer:
        entry = make_entry("App")
        application = await writer.begin(entry, [], secured_by(entry))
        for part in (_NODES[:30], _NODES[30:]):
            await application.write_nodes(rows(part))
        await application.write_relationships(rows(_RELATIONSHIPS))
        await application.write_shared_nodes([5, 10])
        written = await application.finish()
        await writer.finish("5", "source")
    with zipfile.ZipFile(path) as archive:
        return written, {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("opener", [ArchiveWriter.open, BulkCsvWriter.open], ids=["archive", "CSV"])
async def test_packed_rows_leave_no_trace(tmp_path: Path, opener: Opener) -> None:
    unpacked = await write(tmp_path / "unpacked.zip", opener, list)
    assert await write(tmp_path / "packed.zip", opener, packed_rows) == unpacked
