"""Errors of a full volume get our name, others keep theirs; what wrote there leaves nothing and can be closed."""

from __future__ import annotations

import asyncio
import errno
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.archive.foreign import text_ordinals
from shared.archive.foreign.text_ordinals import TextOrdinals
from shared.errors import DiskFullError
from shared.full_volumes import disk_full_named
from shared.packing.mapped_arrays import MappedBytes, mapped_integers
from shared.packing.ordinals import OrdinalIndex
from tests.support.archives.foreign import document, read_foreign, zipped
from tests.support.full_volumes import largest_file

ROOM = 64 * 1024


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_word_for_a_full_volume_is_known(number: int) -> None:
    with (
        pytest.raises(DiskFullError, match=r"^it says: no$") as raised,
        disk_full_named(lambda error: f"it says: {error.strerror}"),
    ):
        raise OSError(number, "no")
    assert isinstance(raised.value.__cause__, OSError)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "denied"), ValueError("wrong")])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, disk_full_named(str):
        raise error
    assert raised.value is error


def map_integers() -> None:
    mapped_integers(1_000_000, "q")


def number_nodes() -> None:
    OrdinalIndex().append(range(10))


def grow_bytes() -> None:
    table = MappedBytes()
    try:
        table.hold(100)
        table.content[:3] = b"abc"
        table.hold(10 * ROOM)
    finally:
        assert table.content[:3] == b"abc"
        table.close()


def spill_ids() -> None:
    ordinals = TextOrdinals(in_memory_ids=10)
    try:
        for number in range(20_000):
            ordinals.add(f"{number:0100}")
    finally:
        ordinals.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


WRITERS = [map_integers, number_nodes, grow_bytes, spill_ids]


@pytest.mark.parametrize("write", WRITERS)
def test_a_temporary_file_that_finds_no_room_says_so(
    write: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_ordinals, "_CACHE_KIB", 16)
    before = open_files()
    with largest_file(ROOM), pytest.raises(DiskFullError, match="The volume of temporary files"):
        write()
    assert open_files() == before


SCRIPT = """
import tempfile
from contextlib import suppress
from pathlib import Path
from shared.archive.foreign import text_ordinals
from shared.errors import DiskFullError
from tests.shared.test_full_volumes import WRITERS, read_edges
text_ordinals._CACHE_KIB = 16
for write in [*WRITERS, read_edges]:
    try:
        write()
    except DiskFullError as error:
        assert tempfile.gettempdir() in error.message, error.message
        assert not list(Path(tempfile.gettempdir()).iterdir())
        print(write.__name__)
"""


def read_edges() -> None:
    edges = "".join(f'<edge id="{"e" * 500}{number}" source="a" target="a"/>' for number in range(5_000))
    content = zipped({"a.graphml": document('<node id="a"/>' + edges)})
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        asyncio.run(read_foreign(Path(folder), content))


@pytest.mark.skipif(shutil.which("unshare") is None, reason="Linux alone has volumes of one process")
async def test_a_volume_that_is_really_full_ends_no_process(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=256k none {tmp_path} && TMPDIR={tmp_path} exec {sys.executable} -c "$0"'
    process = await asyncio.create_subprocess_exec(
        "unshare", "-rm", "sh", "-c", mount, SCRIPT, stdout=PIPE, stderr=PIPE
    )
    told, errors = await process.communicate()
    if b"unshare:" in errors or b"mount:" in errors:
        pytest.skip("the system lets nobody mount a volume of his own")
    assert (process.returncode, told.decode().split()) == (
        0,
        [each.__name__ for each in (*WRITERS, read_edges)],
    ), errors.decode()
