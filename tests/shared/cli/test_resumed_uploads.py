"""An upload by tus goes on where it was cut, in the same command or a later one."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from tests.support.command_line import CommandLine, Ending
from tests.support.faults.cutting_proxy import Cut, CuttingProxy, open_cutting_proxy
from tests.support.tus_server import TusServer

CONTENT = random.Random(8).randbytes(2_000_000)
PATCH = "PATCH /api/v1/uploads"


class Uploading:
    """Somebody with a file, before a server behind a proxy that cuts."""

    def __init__(self, server: TusServer, proxy: CuttingProxy, folder: Path) -> None:
        self.server = server
        self.proxy = proxy
        self.file = folder / "größe.zip"
        self.file.write_bytes(CONTENT)
        self._somebody = CommandLine.at(proxy.url, "gf_x", folder / "home")

    async def go(self) -> Ending:
        return await self._somebody("archives", "upload", str(self.file))

    @property
    def notes(self) -> list[Path]:
        return list((self.file.parent / "home").glob(".local/state/graphferry/uploads/*"))


@pytest.fixture
async def uploading(tmp_path: Path) -> AsyncIterator[Uploading]:
    server = TusServer()
    async with TestServer(server.application()) as listening, open_cutting_proxy(listening.port or 0) as proxy:
        yield Uploading(server, proxy, tmp_path)


async def test_a_file_goes_up_in_one_piece(uploading: Uploading) -> None:
    ending = await uploading.go()
    assert (ending.code, ending.output) == (0, "größe.zip\n")
    assert uploading.server.archives == {"größe.zip": CONTENT}
    assert uploading.notes == []


async def test_what_was_cut_goes_on(uploading: Uploading) -> None:
    uploading.proxy.cuts = [Cut(request=PATCH, sent=500_000), Cut(request=PATCH, sent=700_000)]
    assert (await uploading.go()).code == 0
    server = uploading.server
    assert server.archives == {"größe.zip": CONTENT}
    assert server.started == 1
    assert server.received == len(CONTENT)


async def test_a_later_command_goes_on(uploading: Uploading) -> None:
    uploading.proxy.cuts = [Cut(request=PATCH, sent=1_500_000), *[Cut(request="HEAD /api/v1/uploads", sent=5)] * 5]
    ending = await uploading.go()
    assert (ending.code, ending.output) == (5, "")
    assert "the same command goes on" in ending.messages
    assert len(uploading.notes) == 1
    assert (await uploading.go()).code == 0
    assert uploading.server.archives == {"größe.zip": CONTENT}
    assert (uploading.server.started, uploading.server.received) == (1, len(CONTENT))


async def test_a_file_that_changed_meanwhile_is_another_upload(uploading: Uploading) -> None:
    uploading.proxy.cuts = [Cut(request=PATCH, sent=1_500_000), *[Cut(request="HEAD /api/v1/uploads", sent=5)] * 5]
    assert (await uploading.go()).code == 5
    uploading.file.write_bytes(CONTENT[::-1])
    assert (await uploading.go()).code == 0
    assert uploading.server.archives == {"größe.zip": CONTENT[::-1]}


async def test_an_upload_that_is_over_begins_anew(uploading: Uploading) -> None:
    uploading.proxy.cuts = [Cut(request=PATCH, sent=1_500_000), *[Cut(request="HEAD /api/v1/uploads", sent=5)] * 5]
    assert (await uploading.go()).code == 5
    uploading.server.uploads.clear()
    assert (await uploading.go()).code == 0
    assert uploading.server.archives == {"größe.zip": CONTENT}


async def test_a_lost_last_answer_makes_one_archive(uploading: Uploading) -> None:
    uploading.proxy.cuts = [Cut(request=PATCH, answered=0)]
    ending = await uploading.go()
    assert (ending.code, ending.output) == (0, "größe.zip\n")
    assert uploading.server.archives == {"größe.zip": CONTENT}


async def test_another_archive_of_the_name_stays(uploading: Uploading) -> None:
    uploading.server.archives["größe.zip"] = b"other"
    ending = await uploading.go()
    assert (ending.code, ending.output) == (0, "größe-2.zip\n")
    assert uploading.server.archives == {"größe.zip": b"other", "größe-2.zip": CONTENT}
