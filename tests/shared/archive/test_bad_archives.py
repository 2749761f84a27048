"""Every refusal names the entry, and the line where there is one, in little time and memory."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest

from shared.archive.inspection.inspection import inspect
from shared.errors import InvalidArchiveError
from tests.support.archives.bad import BAD_ARCHIVES, GOOD, packed
from tests.support.archives.making import ENTRY, Graph, Maker
from tests.support.pace import takes_at_most

MEMORY_BYTES = 32 * 1024**2
SECONDS = 5.0


@pytest.fixture
async def entries(maker: Maker) -> dict[str, bytes]:
    """The entries of a good archive: two nodes, one relationship."""
    graph = Graph([(0, ["A"], {}), (1, ["A"], {"name": "b"})], [(0, 0, 1, "R", {})])
    path, _ = await maker.write(graph)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_the_good_one_is_good(entries: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "good.zip"
    path.write_bytes(packed(entries))
    inspection = await inspect(path)
    assert inspection.manifest.applications[0].nodes == GOOD.count("<node ") == 2
    assert ENTRY in inspection.ordinal_digests


@pytest.mark.parametrize("name", BAD_ARCHIVES)
async def test_a_bad_one_is_refused(entries: dict[str, bytes], tmp_path: Path, name: str) -> None:
    bad, path = BAD_ARCHIVES[name], tmp_path / "bad.zip"
    path.write_bytes(bad.content(entries))
    with takes_at_most(SECONDS):
        tracemalloc.start()
        try:
            with pytest.raises(InvalidArchiveError, match=bad.words) as caught:
                await inspect(path, bad.limits)
            assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES
        finally:
            tracemalloc.stop()
    error = caught.value
    assert error.code == "INVALID_ARCHIVE"
    assert (error.line == bad.line) or bad.line is None
    assert bad.entry is None or (error.entry == bad.entry and repr(bad.entry) in error.message)
    if error.line is not None:
        assert f"line {error.line}" in error.message
