"""Uploads arrive whole, once, under the name that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared.cli.conftest import Desk
from tests.support.cutting_proxy import Cut

ARCHIVE = Path(__file__).parents[2] / "data" / "archives" / "format-1.zip"
OTHER = ARCHIVE.with_name("older-exporter.zip")
CONTENT = ARCHIVE.read_bytes()


async def stored(desk: Desk) -> dict[str, bytes]:
    archives = await desk.world.archives.list_archives("acme")
    found = {}
    for each in archives:
        async with desk.world.archives.open_local("acme", each.name) as path:
            found[each.name] = path.read_bytes()
    return found


async def test_files_go_up_under_their_names(desk: Desk) -> None:
    ending = await desk.as_("admin")("archives", "upload", str(ARCHIVE), str(OTHER))
    assert (ending.code, ending.output) == (0, "format-1.zip\nolder-exporter.zip\n")
    assert await stored(desk) == {"format-1.zip": CONTENT, "older-exporter.zip": OTHER.read_bytes()}


async def test_a_file_that_is_there_already_is_not_sent_again(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin("archives", "upload", str(ARCHIVE), "--name", "x.zip")
    sent = len(desk.proxy.requests)
    ending = await admin("archives", "upload", str(ARCHIVE), "--name", "x.zip")
    assert (ending.code, ending.output) == (0, "x.zip\n")
    assert "already" in ending.messages
    assert [each.split()[0] for each in desk.proxy.requests[sent:]] == ["HEAD"]


@pytest.mark.parametrize(
    "cut", [Cut(request="PUT /api/v1/archives", sent=1500), Cut(request="PUT /api/v1/archives", answered=0)]
)
async def test_an_upload_that_was_cut_arrives_all_the_same(desk: Desk, cut: Cut) -> None:
    desk.proxy.cuts = [cut]
    ending = await desk.as_("admin")("archives", "upload", str(ARCHIVE))
    assert (ending.code, ending.output) == (0, "format-1.zip\n")
    assert await stored(desk) == {"format-1.zip": CONTENT}
    assert desk.proxy.cuts == []


async def test_another_file_of_the_name_is_not_replaced(desk: Desk) -> None:
    desk.world.archives.put("acme", "x.zip", OTHER.read_bytes())
    ending = await desk.as_("admin")("archives", "upload", str(ARCHIVE), "--name", "x.zip")
    assert ending.code == 1
    assert "already exists" in ending.messages
    assert await stored(desk) == {"x.zip": OTHER.read_bytes()}


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
