"""A value far above the limit is refused long before all of it is in memory."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.writing.writer import ArchiveWriter
from tests.support.archives.foreign import document
from tests.support.archives.small import make_entry
from tests.support.peaks import MIB, WORKER_BYTES

LONG = 200 * MIB
LONG_ENOUGH = 64 * MIB
"""For an archive of ours, which takes more time to make."""
CHECKOUT = Path(__file__).parents[3]


def pack(name: str, begin: str, end: str) -> Callable[[Path], None]:
    """Make a ZIP of a file with a long text in it."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive, archive.open(name, "w") as file:
            file.write(begin.encode())
            for _ in range(LONG // MIB):
                file.write(b"x" * MIB)
            file.write(end.encode())

    return make


FOREIGN = {
    "value.zip": pack("a.graphml", *document('<node id="a"><data key="k">|</data></node>').split("|")),
    "attribute.zip": pack("a.graphml", *document('<node id="|"/>').split("|")),
}


def require_refused(path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.archives.inspecting", str(path)]
    told = orjson.loads(subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True).stdout)
    assert Setting.VALUE_BYTES in told["refusal"], told
    assert told["peak"] <= WORKER_BYTES


@pytest.mark.parametrize("name", FOREIGN)
def test_a_long_value_of_a_foreign_archive_is_refused(tmp_path: Path, name: str) -> None:
    FOREIGN[name](tmp_path / name)
    require_refused(tmp_path / name)


async def test_a_long_value_of_an_own_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.zip"
    async with ArchiveWriter.open(path, ArchiveLimits(token_bytes=2 * LONG_ENOUGH)) as writer:
        application = await writer.begin(make_entry("App"), ())
        await application.write_nodes([(0, ["A"], {"text": "x" * LONG_ENOUGH})])
        await application.finish()
        await writer.finish("memory", "source")
    require_refused(path)
