"""Uploads arrive whole, once, under the name that is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.folders.archives import ArchiveDirectory
from tests.gateway.conftest import StartGateway, World
from tests.shared.cli.conftest import Desk
from tests.support.faults.cutting_proxy import Cut, open_cutting_proxy

ARCHIVE = Path(__file__).parents[2] / "data" / "archives" / "format-1.zip"
OTHER = ARCHIVE.with_name("older-exporter.zip")
CONTENT = ARCHIVE.read_bytes()


@pytest.fixture
async def desk(world: World, start_gateway: StartGateway, tmp_path: Path) -> AsyncIterator[Desk]:
    """A gateway that keeps archives in folders, where uploads in pieces become archives."""
    resources = replace(world.resources(), archives=ArchiveDirectory(world.settings.archives_dir))
    client = await start_gateway(resources)
    async with open_cutting_proxy(client.port or 0) as proxy:
        yield Desk(world=world, proxy=proxy, home=tmp_path / "home")


def stored(desk: Desk) -> dict[str, bytes]:
    folder = desk.world.settings.archives_dir / "acme"
    return {each.name: each.read_bytes() for each in folder.glob("*.zip") if not each.name.startswith(".")}


async def test_files_go_up_under_their_names(desk: Desk) -> None:
    ending = await desk.as_("admin")("archives", "upload", str(ARCHIVE), str(OTHER))
    assert (ending.code, ending.output) == (0, "format-1.zip\nolder-exporter.zip\n")
    assert stored(desk) == {"format-1.zip": CONTENT, "older-exporter.zip": OTHER.read_bytes()}


async def test_a_file_that_is_there_already_is_not_sent_again(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin("archives", "upload", str(ARCHIVE), "--name", "x.zip")
    sent = len(desk.proxy.requests)
    ending = await admin("archives", "upload", str(ARCHIVE), "--name", "x.zip")
    assert (ending.code, ending.output) == (0, "x.zip\n")
    assert "already" in ending.messages
    assert [each.split()[0] for each in desk.proxy.requests[sent:]] == ["HEAD"]


@pytest.mark.parametrize(
    "cut", [Cut(request="PATCH /api/v1/uploads", sent=1500), Cut(request="PATCH /api/v1/uploads", answered=0)]
)
async def test_an_upload_that_was_cut_arrives_all_the_same(desk: Desk, cut: Cut) -> None:
    desk.proxy.cuts = [cut]
    ending = await desk.as_("admin")("archives", "upload", str(ARCHIVE))
    assert (ending.code, ending.output) == (0, "format-1.zip\n")
    assert stored(desk) == {"format-1.zip": CONTENT}
    assert desk.proxy.cuts == []


async def test_another_archive_of_the_name_stays(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin("archives", "upload", str(OTHER), "--name", "x.zip")
    desk.proxy.cuts = [Cut(request="PATCH /api/v1/uploads", answered=0)]
    ending = await admin("archives", "upload", str(ARCHIVE), "--name", "x.zip")
    assert (ending.code, ending.output) == (0, "x-2.zip\n")
    assert stored(desk) == {"x.zip": OTHER.read_bytes(), "x-2.zip": CONTENT}


async def test_what_is_no_archive_is_refused(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "letter.zip"
    file.write_text("Dear all")
    ending = await desk.as_("admin")("archives", "upload", str(file), str(ARCHIVE))
    assert (ending.code, ending.output) == (3, "format-1.zip\n")
    assert "letter.zip" in ending.messages


async def test_an_import_uploads_shows_and_submits(desk: Desk) -> None:
    ending = await desk.as_("admin")("import", str(ARCHIVE), "--database", "target", "--as", "Mine", "--no-wait")
    (job,) = desk.jobs
    assert (ending.code, ending.output) == (0, f"{job.id}\n")
    assert (job.database, job.request.import_as) == ("target", "Mine")  # type: ignore[union-attr]
    assert "App 0" in ending.messages
    assert "temporary files" in ending.messages


async def test_one_bad_archive_does_not_keep_the_next_out(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "letter.zip"
    file.write_text("Dear all")
    ending = await desk.as_("admin")("import", str(file), str(ARCHIVE), "--database", "target", "--no-wait")
    assert ending.code == 3
    assert len(desk.jobs) == 1
