"""An archive of more applications than one may hold is refused at once, whatever it says of them."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from shared.archive.inspection.inspected_archive import check_structure
from shared.archive.inspection.inspection import read_manifest
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import parse_manifest
from shared.archive.writing.writer import ArchiveWriter
from shared.errors import InvalidArchiveError, TooLargeError
from tests.shared.archive.test_manifest import APPLICATION, MANIFEST
from tests.support.archives.small import make_archive, make_entry
from tests.support.pace import takes_at_most

MANY = 60_000
SECONDS = 2.0
"""More than any of it takes; judging each of so many would take ten times as long."""


def archive(applications: int, entries: int) -> bytes:
    """Make a ZIP whose manifest lists the same application again and again, beside so many documents."""
    listed = ",".join([json.dumps(APPLICATION)] * applications)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("manifest.json", json.dumps(MANIFEST | {"applications": []}).replace("[]", f"[{listed}]"))
        for number in range(1, entries + 1):
            made.writestr(f"applications/{number}/graph.graphml", b"x")
    return file.getvalue()


def with_application(**changes: Any) -> dict[str, Any]:
    return MANIFEST | {"applications": [APPLICATION | changes]}


@pytest.mark.parametrize(("applications", "entries"), [(MANY, 0), (1, 20_000), (1, 1500)])
def test_too_many_applications_are_refused_at_once(tmp_path: Path, applications: int, entries: int) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive(applications, entries))
    with takes_at_most(SECONDS), pytest.raises(InvalidArchiveError, match="GRAPHFERRY_MAX_APPLICATIONS"):
        check_structure(path, "a.zip", ArchiveLimits())


def test_what_the_limit_allows_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(make_archive("One", "Two"))
    assert len(read_manifest(tmp_path / "a.zip", ArchiveLimits(applications=2)).applications) == 2
    with pytest.raises(InvalidArchiveError, match="2 applications; at most 1 "):
        read_manifest(tmp_path / "a.zip", ArchiveLimits(applications=1))


async def test_no_archive_is_written_that_would_be_refused(tmp_path: Path) -> None:
    async with ArchiveWriter.open(tmp_path / "a.zip", ArchiveLimits(applications=1)) as writer:
        await (await writer.begin(make_entry("One"), ())).finish()
        with pytest.raises(TooLargeError, match=r"at most 1 applications .GRAPHFERRY_MAX_APPLICATIONS"):
            await writer.begin(make_entry("Two"), ())


NUMBERS = {f"k{number}": "x" for number in range(50_000)}
WRONG = {
    "counts": with_application(labels=NUMBERS),
    "fields of an application": with_application(**NUMBERS),
    "fields of the manifest": MANIFEST | NUMBERS,
    "schema entries": with_application(indexes_and_constraints=[1] * 50_000),
    "names of a schema entry": with_application(
        indexes_and_constraints=[{"name": "x", "labels_or_types": [1] * 50_000}]
    ),
    "applications": MANIFEST | {"applications": [{}] * 1000},
}


@pytest.mark.parametrize("manifest", WRONG.values(), ids=list(WRONG))
def test_a_manifest_that_is_wrong_many_times_is_refused_at_the_first(manifest: dict[str, Any]) -> None:
    content = json.dumps(manifest).encode()
    tracemalloc.start()
    try:
        with pytest.raises(InvalidArchiveError, match="The manifest is wrong"):
            parse_manifest(content)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
