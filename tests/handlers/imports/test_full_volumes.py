"""An import whose temporary files find no room says so, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.archive.foreign import text_ordinals
from shared.jobs.record import Status
from tests.handlers.conftest import make_bench
from tests.support.archives.foreign import document, zipped
from tests.support.full_volumes import largest_file
from tests.support.stacks.databases import SeededMemory

NODES = "".join(f'<node id="{number:0100}"/>' for number in range(4_000))
EDGES = "".join(f'<edge id="{"e" * 100}{number}" source="a" target="a"/>' for number in range(2_000))


@pytest.mark.parametrize(
    ("what", "body", "kilobytes"),
    [("ids", NODES, 128), ("edges", f'<node id="a"/>{EDGES}', 128), ("tables", '<node id="a"/>', 48)],
)
async def test_a_foreign_archive_that_needs_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, body: str, kilobytes: int
) -> None:
    monkeypatch.setattr(text_ordinals, "IN_MEMORY_IDS", 100)
    monkeypatch.setattr(text_ordinals, "_CACHE_KIB", 16)
    bench = make_bench(tmp_path, SeededMemory("left"), right := SeededMemory("right"))
    bench.mover.folder.mkdir(parents=True)
    (bench.mover.folder / "a.zip").write_bytes(zipped({f"{what}.graphml": document(body)}))

    with largest_file(kilobytes * 1024):
        job = await bench.mover.import_archive("a.zip", database="right")

    assert job.failure is not None
    assert (job.status, job.failure.code) == (Status.FAILED, "DISK_FULL"), job.failure
    assert "full" in job.failure.message
    assert [each.name for each in bench.mover.folder.iterdir()] == ["a.zip"]
    assert await right.source.list_applications() == []
