"""The client that browsers upload with, tus-js-client, unmodified, run by Node.js, does its whole work against us."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.server import serving
from infra.node import NODE, install_packages
from shared.adapters.folders.archives import ArchiveDirectory
from shared.settings.process import Settings
from tests.gateway.conftest import StartGateway, World
from tests.support.archives.small import make_archive
from tests.support.faults.cutting_proxy import Cut, CuttingProxy, open_cutting_proxy

HERE = Path(__file__).parent
ZIP = make_archive("MyApp", texts=[random.Random(5).randbytes(300_000).hex()])
CHUNK = 100_000
OFFSETS = [*range(CHUNK, len(ZIP), CHUNK), len(ZIP)]
UPLOADS = "/api/v1/uploads"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that uploads, with what it needs."""
    folder = tmp_path_factory.mktemp("tus-js-client")
    (folder / "node_modules").symlink_to(install_packages(HERE))
    for name in ("package.json", "upload.js"):
        shutil.copy(HERE / name, folder)
    return folder / "upload.js"


@pytest.fixture
async def proxy() -> AsyncIterator[CuttingProxy]:
    async with open_cutting_proxy(0) as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, proxy: CuttingProxy) -> Settings:
    return settings.model_copy(update={"public_url": proxy.url, "max_upload_bytes": 1_000_000})


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploading:
    """Somebody with a file, before a gateway behind a proxy that cuts."""

    client: Path
    world: World
    proxy: CuttingProxy
    file: Path

    async def go(self, *, leave_after: str = "", is_stream: bool = False, **options: Any) -> Any:
        """Let the client upload; return what it tells."""
        told = {
            "file": str(self.file),
            "notes": str(self.file.parent / "notes.json"),
            "isStream": is_stream,
            "leaveAfter": leave_after,
            "options": {
                "endpoint": self.proxy.url + UPLOADS,
                "headers": self.world.as_("admin"),
                "metadata": {"filename": "größe.zip"},
                **options,
            },
        }
        process = await asyncio.create_subprocess_exec(
            NODE, self.client, json.dumps(told), stdout=asyncio.subprocess.PIPE
        )
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        return json.loads(output)

    @property
    def requests(self) -> list[str]:
        """The methods of the requests that were sent."""
        return [each.partition(" ")[0] for each in self.proxy.requests]

    @property
    def archives(self) -> Mapping[str, bytes]:
        folder = self.world.settings.archives_dir / "acme"
        return {each.name: each.read_bytes() for each in folder.glob("*") if not each.name.startswith(".")}

    def require_done(self, told: Any) -> None:
        """See that all of the file has arrived, once."""
        assert (told["error"], told["archive"]) == (None, "gr%C3%B6%C3%9Fe.zip")
        assert self.archives == {"größe.zip": ZIP}


@pytest.fixture
async def uploading(
    client: Path,
    world: World,
    start_gateway: StartGateway,
    proxy: CuttingProxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Uploading:
    monkeypatch.setattr(serving, "SHUTDOWN_SECONDS", 0.1)  # silent connections may stay until then
    archives = ArchiveDirectory(world.settings.archives_dir)
    proxy.target = (await start_gateway(replace(world.resources(), archives=archives))).port or 0
    file = tmp_path / "größe.zip"
    file.write_bytes(ZIP)
    return Uploading(client=client, world=world, proxy=proxy, file=file)


async def test_a_file_goes_up_at_once(uploading: Uploading) -> None:
    uploading.require_done(await uploading.go())
    assert uploading.requests == ["POST", "PATCH"]


async def test_a_file_goes_up_in_chunks(uploading: Uploading) -> None:
    told = await uploading.go(chunkSize=CHUNK)
    uploading.require_done(told)
    assert told["offsets"] == OFFSETS


async def test_the_creation_brings_the_first_chunk(uploading: Uploading) -> None:
    told = await uploading.go(chunkSize=CHUNK, uploadDataDuringCreation=True)
    uploading.require_done(told)
    assert (uploading.requests[:2], len(uploading.requests)) == (["POST", "PATCH"], len(OFFSETS))


@pytest.mark.parametrize("size", [CHUNK, len(ZIP) + 1], ids=["chunks", "one chunk"])
async def test_a_stream_goes_up_whose_length_shows_at_its_end(uploading: Uploading, size: int) -> None:
    uploading.require_done(await uploading.go(chunkSize=size, uploadLengthDeferred=True, is_stream=True))


async def test_a_client_that_cannot_patch_goes_on_by_post(uploading: Uploading) -> None:
    uploading.require_done(await uploading.go(chunkSize=CHUNK, overridePatchMethod=True))
    assert set(uploading.requests) == {"POST"}


async def test_another_process_goes_on_with_what_was_left(uploading: Uploading) -> None:
    assert (await uploading.go(chunkSize=CHUNK, leave_after="a chunk"))["offsets"] == OFFSETS[:1]
    assert uploading.archives == {}
    told = await uploading.go(chunkSize=CHUNK)
    uploading.require_done(told)
    assert told["offsets"] == OFFSETS[1:]


@pytest.mark.parametrize("is_silent", [False, True], ids=["cut", "silent"])
async def test_a_lost_connection_costs_no_byte_that_has_arrived(uploading: Uploading, is_silent: bool) -> None:
    uploading.proxy.cuts = [Cut(request="PATCH", sent=CHUNK, is_silent=is_silent)]
    told = await uploading.go()
    uploading.require_done(told)
    assert uploading.requests == ["POST", "PATCH", "HEAD", "PATCH"]


async def test_an_upload_is_given_up(uploading: Uploading) -> None:
    told = await uploading.go(chunkSize=CHUNK, leave_after="terminate")
    assert told["offsets"] == OFFSETS[:1]
    assert uploading.requests[-1] == "DELETE"
    assert not list((uploading.world.settings.archives_dir / "acme").iterdir())


async def test_parts_in_parallel_are_refused_in_plain_words(uploading: Uploading) -> None:
    told = await uploading.go(parallelUploads=2)
    assert "response code: 400" in told["error"]
    assert "parallelUploads: 1" in told["error"]
    assert uploading.archives == {}


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "It is empty."), (b"x" * 1000, "Not a ZIP")], ids=["nothing", "no archive"]
)
async def test_what_is_no_archive_is_refused_once(uploading: Uploading, content: bytes, reason: str) -> None:
    uploading.file.write_bytes(content)
    told = await uploading.go()
    assert "response code: 422" in told["error"]
    assert reason in told["error"]
    assert uploading.requests == ["POST", "PATCH"][: 1 + bool(content)]
