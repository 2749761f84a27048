"""A download goes on where it was cut, and becomes a file only when it is right."""

from __future__ import annotations

import asyncio
import hashlib
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared.cli.conftest import Desk
from tests.support.faults.cutting_proxy import Cut

CONTENT = random.Random(5).randbytes(1_000_000)
GET = "GET /api/v1/archives/big.zip"


def read(name: str) -> bytes | None:
    """Give a file's content; None where there is no file."""
    path = Path(name)
    return path.read_bytes() if path.exists() else None


def write(name: str, content: bytes) -> None:
    Path(name).write_bytes(content)


def list_here() -> list[str]:
    return [each.name for each in Path.cwd().iterdir()]


def name_part() -> str:
    return f".x.zip.{hashlib.sha256(CONTENT).hexdigest()[:16]}.part"


@pytest.fixture(autouse=True)
def big(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.world.archives.put("acme", "big.zip", CONTENT)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


async def test_an_archive_comes_down_under_its_name(desk: Desk) -> None:
    ending = await desk.as_("admin")("archives", "download", "big.zip")
    assert (ending.code, ending.output) == (0, "big.zip\n")
    assert read("big.zip") == CONTENT
    assert list_here() == ["big.zip"]


async def test_what_was_cut_goes_on(desk: Desk) -> None:
    desk.proxy.cuts = [Cut(request=GET, answered=300_000), Cut(request=GET, answered=400_000)]
    ending = await desk.as_("admin")("archives", "download", "big.zip", "-o", "x.zip")
    assert ending.code == 0
    assert read("x.zip") == CONTENT
    assert desk.proxy.cuts == []


async def test_a_later_command_goes_on(desk: Desk) -> None:
    write(name_part(), CONTENT[:900_000])
    desk.proxy.cuts = [Cut(request=GET, answered=200_000)]  # more than what is missing
    assert (await desk.as_("admin")("archives", "download", "big.zip", "-o", "x.zip")).code == 0
    assert read("x.zip") == CONTENT


async def test_a_part_of_something_else_is_not_taken_for_it(desk: Desk) -> None:
    write(name_part(), b"nonsense")
    admin = desk.as_("admin")
    ending = await admin("archives", "download", "big.zip", "-o", "x.zip")
    assert ending.code == 1
    assert read("x.zip") is None
    assert (await admin("archives", "download", "big.zip", "-o", "x.zip")).code == 0


async def test_a_file_is_replaced_only_by_force(desk: Desk) -> None:
    write("big.zip", b"mine")
    admin = desk.as_("admin")
    ending = await admin("archives", "download", "big.zip")
    assert ending.code == 2
    assert "--force" in ending.messages
    assert read("big.zip") == b"mine"
    assert (await admin("archives", "download", "big.zip", "--force")).code == 0
    assert read("big.zip") == CONTENT


@pytest.mark.parametrize("target", [".", "nowhere/x.zip"])
async def test_a_place_that_cannot_be_is_refused(desk: Desk, target: str) -> None:
    assert (await desk.as_("admin")("archives", "download", "big.zip", "-o", target)).code == 2
    assert [each for each in desk.proxy.requests if "big.zip" in each] == []


async def test_an_export_does_not_begin_where_its_file_could_not_be(desk: Desk) -> None:
    write("x.zip", b"mine")
    ending = await desk.as_("admin")("export", "MyApp", "--database", "source", "-o", "x.zip")
    assert ending.code == 2
    assert desk.jobs == []


async def test_an_unknown_archive_is_1(desk: Desk) -> None:
    assert (await desk.as_("admin")("archives", "download", "other.zip")).code == 1


async def test_a_place_that_cannot_be_written_is_no_fault_of_the_gateways(desk: Desk) -> None:
    ending = await desk.as_("admin")("archives", "download", "big.zip", "-o", "/proc/x.zip")
    assert ending.code == 1
    assert "/proc/.x.zip" in ending.messages
    assert "does not answer" not in ending.messages


async def test_a_full_volume_is_no_fault_of_the_gateways(desk: Desk) -> None:
    script = f"ulimit -f 300; exec {sys.executable} -m shared.cli archives download big.zip"  # 300 kB

    def run() -> subprocess.CompletedProcess[str]:
        environ = dict(desk.as_("admin").environ)
        return subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, check=False)

    ended = await asyncio.to_thread(run)
    assert ended.returncode == 1
    assert "File too large" in ended.stderr
    assert [each for each in desk.proxy.requests if each.startswith("GET")] == [f"{GET} HTTP/1.1"]
