"""Uploads in pieces: what the protocol tus 1.0 asks for, and what must hold when something breaks."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import aiohttp
import pytest

from shared.adapters.folders import uploads
from shared.adapters.folders.archives import ArchiveDirectory
from shared.identity import TenantLimits
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.archives.foreign import document
from tests.support.archives.small import make_archive

UPLOADS = "/api/v1/uploads"
ZIP = make_archive("MyApp")
HALF = len(ZIP) // 2
PIECE = "application/offset+octet-stream"


@pytest.fixture
async def client(start_gateway: StartGateway, world: World) -> Client:
    return await start_gateway(replace(world.resources(), archives=ArchiveDirectory(world.settings.archives_dir)))


def size_of(length: int | None) -> dict[str, str]:
    return {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}


class Uploader:
    """Sends what tus-js-client sends, in its order."""

    def __init__(self, client: Client, world: World, caller: str = "admin") -> None:
        self._client = client
        self._headers = {**world.as_(caller), "Tus-Resumable": "1.0.0"}
        self.path = ""

    async def create(self, length: int | None = len(ZIP), **metadata: str) -> aiohttp.ClientResponse:
        told = {"filename": "My App.zip", "filetype": "application/zip", **metadata}
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {**self._headers, **size_of(length), "Upload-Metadata": pairs}
        answer = await self._client.post(UPLOADS, headers=headers)
        if answer.status == 201:
            self.path = answer.headers["Location"].removeprefix("https://ferry.example/base")
        return answer

    async def create_with(
        self, content: bytes, length: int | None = len(ZIP), **headers: str
    ) -> aiohttp.ClientResponse:
        pairs = f"filename {base64.b64encode(b'My App.zip').decode()}"
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self._headers, **size_of(length), "Upload-Metadata": pairs, "Content-Type": PIECE, **more}
        answer = await self._client.post(UPLOADS, data=content, headers=sent)
        if answer.status == 201:
            self.path = answer.headers["Location"].removeprefix("https://ferry.example/base")
        return answer

    async def head(self) -> aiohttp.ClientResponse:
        return await self._client.head(self.path, headers=self._headers)

    async def patch(self, offset: int, content: object, **headers: str) -> aiohttp.ClientResponse:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self._headers, "Content-Type": PIECE, "Upload-Offset": str(offset), **more}
        return await self._client.patch(self.path, data=content, headers=sent)

    async def post(self, method: str, content: object = b"", **headers: str) -> aiohttp.ClientResponse:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self._headers, "X-HTTP-Method-Override": method, **more}
        return await self._client.post(self.path, data=content, headers=sent)

    async def delete(self) -> aiohttp.ClientResponse:
        return await self._client.delete(self.path, headers=self._headers)


@pytest.fixture
def uploader(client: Client, world: World) -> Uploader:
    return Uploader(client, world)


def folder_of(world: World) -> list[str]:
    folder = world.settings.archives_dir / "acme"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def arrived_in(world: World) -> list[int]:
    """List how much has arrived of what is no archive yet."""
    return [path.stat().st_size for path in (world.settings.archives_dir / "acme").glob(".*.upload")]


def archives_in(world: World) -> Mapping[str, bytes]:
    folder = world.settings.archives_dir / "acme"
    return {name: (folder / name).read_bytes() for name in folder_of(world) if not name.startswith(".")}


async def code_of(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    return answer.status, (await answer.json())["code"]


async def test_capabilities(client: Client) -> None:
    answer = await client.options(UPLOADS)
    assert answer.status == 204
    assert answer.headers["Tus-Version"] == answer.headers["Tus-Resumable"] == "1.0.0"
    assert (
        answer.headers["Tus-Extension"]
        == "creation,creation-defer-length,creation-with-upload,termination,expiration,checksum"
    )
    assert answer.headers["Tus-Max-Size"] == "100000"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


async def test_an_upload_in_two_pieces_becomes_an_archive(uploader: Uploader, world: World) -> None:
    created = await uploader.create()
    assert (created.status, created.headers["Upload-Offset"]) == (201, "0")
    first = await uploader.patch(0, ZIP[:HALF])
    assert (first.status, first.headers["Upload-Offset"]) == (204, str(HALF))
    assert "Upload-Archive" not in first.headers
    assert archives_in(world) == {}
    shown = await uploader.head()
    assert shown.headers["Upload-Offset"] == str(HALF)
    assert shown.headers["Upload-Length"] == str(len(ZIP))
    assert shown.headers["Cache-Control"] == "no-store"
    last = await uploader.patch(HALF, ZIP[HALF:])
    assert (last.status, last.headers["Upload-Archive"]) == (204, "My%20App.zip")
    assert last.headers["Tus-Resumable"] == "1.0.0"
    assert last.headers["Upload-Expires"].endswith(" GMT")
    assert archives_in(world) == {"My App.zip": ZIP}


async def test_an_uploads_id_may_have_any_letter_case(uploader: Uploader, world: World) -> None:
    await uploader.create()
    head, _, upload_id = uploader.path.rpartition("/")
    uploader.path = f"{head}/{upload_id.upper()}"
    assert (await uploader.patch(0, ZIP[:HALF])).status == 204
    assert (await uploader.head()).headers["Upload-Offset"] == str(HALF)
    assert (await uploader.delete()).status == 204


async def test_a_document_in_gzip_is_an_archive(uploader: Uploader, world: World) -> None:
    content = gzip.compress(document('<node id="a"/>').encode())
    for number in (1, 2):
        assert (await uploader.create(len(content), filename="Karate.GraphML.gz")).status == 201
        assert (await uploader.patch(0, content)).status == 204
        assert len(archives_in(world)) == number
    assert archives_in(world) == {"Karate.GraphML.gz": content, "Karate-2.GraphML.gz": content}
    await uploader.create(len(content), filename="Karate.graphml")
    assert await code_of(await uploader.patch(0, content)) == (422, "INVALID_ARCHIVE")


async def test_a_lost_last_answer_is_given_again(uploader: Uploader, world: World) -> None:
    await uploader.create()
    await uploader.patch(0, ZIP)
    shown = await uploader.head()
    assert (shown.headers["Upload-Offset"], shown.headers["Upload-Archive"]) == (str(len(ZIP)), "My%20App.zip")
    assert archives_in(world) == {"My App.zip": ZIP}


@asynccontextmanager
async def half_sent(uploader: Uploader, world: World, client: Client) -> AsyncIterator[asyncio.StreamWriter]:
    """Send the first half of a piece, and then nothing more."""
    await uploader.create()
    _, writer = await asyncio.open_connection(client.host, client.port)
    head = f"PATCH {uploader.path} HTTP/1.1\r\nHost: x\r\nX-API-KEY: {world.keys['admin']}\r\nTus-Resumable: 1.0.0\r\n"
    head += f"Content-Type: {PIECE}\r\nUpload-Offset: 0\r\nContent-Length: {len(ZIP)}\r\n\r\n"
    writer.write(head.encode() + ZIP[:HALF])
    await writer.drain()
    async with asyncio.timeout(20):
        while arrived_in(world) != [HALF]:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
    yield writer
    writer.close()


@pytest.mark.parametrize("ends", [True, False], ids=["ended", "silent"])
async def test_a_lost_connection_gives_way_at_once(
    uploader: Uploader, world: World, client: Client, ends: bool
) -> None:
    async with half_sent(uploader, world, client) as writer:
        if ends:
            writer.close()
        async with asyncio.timeout(20):
            answer = await uploader.patch(HALF, ZIP[HALF:])
    assert answer.status == 204
    assert archives_in(world) == {"My App.zip": ZIP}


@pytest.mark.parametrize("ends", [True, False], ids=["ended", "silent"])
async def test_the_offset_is_told_once_an_earlier_piece_is_no_longer_written(
    uploader: Uploader, world: World, client: Client, ends: bool
) -> None:
    async with half_sent(uploader, world, client) as writer:
        if ends:
            writer.close()
        async with asyncio.timeout(20):
            shown = await uploader.head()
        assert (shown.status, shown.headers["Upload-Offset"]) == (200, str(HALF))
        writer.write(ZIP[HALF:])
        with suppress(OSError):
            await writer.drain()
        assert (await uploader.patch(HALF, ZIP[HALF:])).status == 204
    assert archives_in(world) == {"My App.zip": ZIP}


async def test_a_connection_that_goes_on_gives_no_way(
    uploader: Uploader, world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "TURN_SECONDS", 0)
    async with half_sent(uploader, world, client):
        answer = await uploader.patch(HALF, ZIP[HALF:])
        assert (await code_of(answer), answer.headers["Retry-After"]) == ((423, "UPLOAD_BUSY"), "5")
        assert (await uploader.head()).status == 423


async def test_the_creation_may_bring_the_first_piece(uploader: Uploader, world: World) -> None:
    created = await uploader.create_with(ZIP[:HALF])
    assert (created.status, created.headers["Upload-Offset"]) == (201, str(HALF))
    assert (await uploader.patch(HALF, ZIP[HALF:])).status == 204
    assert archives_in(world) == {"My App.zip": ZIP}


async def test_the_creation_may_bring_all(uploader: Uploader, world: World) -> None:
    created = await uploader.create_with(ZIP)
    assert (created.headers["Upload-Offset"], created.headers["Upload-Archive"]) == (str(len(ZIP)), "My%20App.zip")
    assert archives_in(world) == {"My App.zip": ZIP}


async def test_a_creation_whose_piece_is_wrong_is_refused(uploader: Uploader, world: World) -> None:
    assert (await uploader.create_with(b"x" * len(ZIP))).status == 422
    assert (await uploader.create_with(ZIP, length=HALF)).status == 413
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert (await uploader.create_with(ZIP, Upload_Checksum=f"sha256 {wrong}")).status == 460
    assert (await uploader.create_with(ZIP, Upload_Checksum="md5 x")).status == 400
    assert folder_of(world) == []


async def test_what_the_creation_said_is_told(uploader: Uploader) -> None:
    created = await uploader.create(note="Grüße")
    assert created.status == 201
    told = dict(pair.split(" ") for pair in (await uploader.head()).headers["Upload-Metadata"].split(","))
    assert list(told) == ["filename", "filetype", "note"]
    assert base64.b64decode(told["note"]).decode() == "Grüße"


async def test_a_client_that_can_only_post_is_understood(uploader: Uploader, world: World) -> None:
    await uploader.create()
    assert (await uploader.post("PATCH", ZIP, Upload_Offset="0", Content_Type=PIECE.title())).status == 204
    assert (await uploader.post("head")).headers["Upload-Archive"] == "My%20App.zip"
    assert archives_in(world) == {"My App.zip": ZIP}
    await uploader.create()
    assert (await uploader.post("DELETE")).status == 204
    for method in ("PUT", ""):
        answer = await uploader.post(method)
        assert (answer.status, answer.headers["Allow"]) == (405, "HEAD, PATCH, DELETE")


async def test_the_length_may_come_with_a_later_piece(uploader: Uploader, world: World) -> None:
    assert (await uploader.create(None)).status == 201
    assert (await uploader.patch(0, ZIP[:HALF])).status == 204
    shown = await uploader.head()
    assert (shown.headers["Upload-Offset"], shown.headers["Upload-Defer-Length"]) == (str(HALF), "1")
    assert "Upload-Length" not in shown.headers
    assert (await uploader.patch(HALF, b"", Upload_Length=str(len(ZIP)))).status == 204
    shown = await uploader.head()
    assert shown.headers["Upload-Length"] == str(len(ZIP))
    assert "Upload-Defer-Length" not in shown.headers
    last = await uploader.patch(HALF, ZIP[HALF:], Upload_Length=str(len(ZIP)))
    assert (last.status, last.headers["Upload-Archive"]) == (204, "My%20App.zip")
    assert archives_in(world) == {"My App.zip": ZIP}


async def test_an_empty_piece_may_say_that_all_has_arrived(uploader: Uploader, world: World) -> None:
    await uploader.create(None)
    assert "Upload-Archive" not in (await uploader.patch(0, ZIP)).headers
    last = await uploader.patch(len(ZIP), b"", Upload_Length=str(len(ZIP)))
    assert (last.status, last.headers["Upload-Archive"]) == (204, "My%20App.zip")
    assert archives_in(world) == {"My App.zip": ZIP}


async def test_the_length_is_said_once(uploader: Uploader) -> None:
    await uploader.create(None)
    await uploader.patch(0, ZIP[:HALF])
    assert await code_of(await uploader.patch(HALF, b"", Upload_Length=str(HALF - 1))) == (400, "INVALID_REQUEST")
    assert (await uploader.patch(HALF, b"", Upload_Length="many")).status == 400
    assert (await uploader.head()).headers["Upload-Defer-Length"] == "1"
    assert (await uploader.patch(HALF, b"", Upload_Length=str(len(ZIP)))).status == 204
    assert await code_of(await uploader.patch(HALF, ZIP[HALF:], Upload_Length="9000")) == (400, "INVALID_REQUEST")
    assert await code_of(await uploader.patch(HALF, ZIP[HALF:] + b"x")) == (413, "TOO_LARGE")
    assert (await uploader.head()).headers["Upload-Length"] == str(len(ZIP))


async def test_the_limit_holds_while_the_length_is_not_known(uploader: Uploader, world: World) -> None:
    limits = TenantLimits(max_archive_bytes=50)
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, limits=limits))
    await uploader.create(None)
    assert (await uploader.patch(0, b"x" * 30)).status == 204
    assert await code_of(await uploader.patch(30, b"x" * 21)) == (413, "TOO_LARGE")
    assert await code_of(await uploader.patch(30, b"", Upload_Length="51")) == (413, "TOO_LARGE")

    async def unannounced() -> AsyncIterator[bytes]:
        yield b"x" * 21

    assert (await uploader.patch(30, unannounced())).status == 413
    assert (await uploader.head()).headers["Upload-Offset"] == "30"
    assert (await uploader.create_with(b"x" * 51, None)).status == 413


@pytest.mark.parametrize("name", ["a.zip", "a.graphml", "a.graphml.gz"])
async def test_a_file_without_content_is_complete_at_once_and_no_archive(
    uploader: Uploader, world: World, name: str
) -> None:
    answer = await uploader.create(0, filename=name)
    assert await code_of(answer) == (422, "INVALID_ARCHIVE")
    assert (await answer.json())["detail"] == f"File '{name}' is refused: It is empty."
    await uploader.create(None)
    assert await code_of(await uploader.patch(0, b"", Upload_Length="0")) == (422, "INVALID_ARCHIVE")
    assert folder_of(world) == []


async def test_every_answer_names_the_version(uploader: Uploader, client: Client, world: World) -> None:
    await uploader.create()
    spoken = {"Tus-Resumable": "1.0.0"}
    for headers, status in (
        (spoken, 401),
        ({**world.as_("user"), **spoken}, 403),
        ({**world.as_("stranger"), **spoken}, 404),
        (world.as_("admin"), 412),
    ):
        for method in ("HEAD", "PATCH", "DELETE"):
            piece = {**headers, "Content-Type": PIECE, "Upload-Offset": "0"}
            answer = await client.request(method, uploader.path, headers=piece)
            assert (answer.status, answer.headers["Tus-Resumable"]) == (status, "1.0.0")
            assert answer.headers["Cache-Control"] == "no-store"
            assert (answer.headers.get("Tus-Version") == "1.0.0") == (status == 412)


async def test_a_piece_at_the_wrong_place_is_refused(uploader: Uploader) -> None:
    await uploader.create()
    await uploader.patch(0, ZIP[:HALF])
    for offset in (0, HALF + 1):
        assert await code_of(await uploader.patch(offset, ZIP[offset:])) == (409, "UPLOAD_OFFSET")
    assert (await uploader.head()).headers["Upload-Offset"] == str(HALF)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_piece_that_is_not_what_its_checksum_says_does_not_count(
    uploader: Uploader, world: World, algorithm: str
) -> None:
    await uploader.create()
    good = base64.b64encode(hashlib.new(algorithm, ZIP[:HALF]).digest()).decode()
    wrong = await uploader.patch(0, ZIP[HALF:], Upload_Checksum=f"{algorithm} {good}")
    assert await code_of(wrong) == (460, "CHECKSUM_MISMATCH")
    assert (await uploader.head()).headers["Upload-Offset"] == "0"
    right = await uploader.patch(0, ZIP[:HALF], Upload_Checksum=f"{algorithm} {good}")
    assert (right.status, right.headers["Upload-Offset"]) == (204, str(HALF))
    assert (await uploader.patch(HALF, ZIP[HALF:])).status == 204
    assert archives_in(world) == {"My App.zip": ZIP}


async def test_what_is_no_archive_goes(uploader: Uploader, world: World) -> None:
    await uploader.create(length=100)
    assert await code_of(await uploader.patch(0, b"x" * 100)) == (422, "INVALID_ARCHIVE")
    assert (await uploader.head()).status == 404
    assert folder_of(world) == []


async def test_a_taken_name_is_numbered_or_refused(client: Client, world: World) -> None:
    for expected in ("My%20App.zip", "My%20App-2.zip"):
        uploader = Uploader(client, world)
        await uploader.create()
        assert (await uploader.patch(0, ZIP)).headers["Upload-Archive"] == expected
    assert await code_of(await Uploader(client, world).create(on_taken="fail")) == (409, "ARCHIVE_EXISTS")


async def test_an_upload_is_given_up(uploader: Uploader, world: World) -> None:
    await uploader.create()
    await uploader.patch(0, ZIP[:HALF])
    assert (await uploader.delete()).status == 204
    assert (await uploader.head()).status == 404
    assert folder_of(world) == []


async def test_another_tenants_upload_does_not_exist(uploader: Uploader, client: Client, world: World) -> None:
    await uploader.create()
    stranger = Uploader(client, world, "stranger")
    stranger.path = uploader.path
    for answer in (await stranger.head(), await stranger.patch(0, ZIP), await stranger.delete()):
        assert answer.status == 404
    assert (await uploader.head()).status == 200


async def test_a_tenants_own_limit_holds(uploader: Uploader, world: World) -> None:
    assert await code_of(await uploader.create(length=100_001)) == (413, "TOO_LARGE")
    limits = TenantLimits(max_archive_bytes=50)
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, limits=limits))
    assert (await uploader.create(length=51)).status == 413
    assert (await uploader.create(length=50)).status == 201
    assert await code_of(await uploader.patch(0, b"x" * 51)) == (413, "TOO_LARGE")

    async def unannounced() -> AsyncIterator[bytes]:
        yield b"x" * 60

    assert (await uploader.patch(0, unannounced())).status == 413


async def test_what_is_left_alone_goes(uploader: Uploader, world: World) -> None:
    await uploader.create()
    await uploader.patch(0, ZIP[:HALF])
    uploads = world.resources().uploads
    assert await uploads.remove_expired() == 0
    long_ago = time.time() - 4000
    for name in folder_of(world):
        os.utime(world.settings.archives_dir / "acme" / name, (long_ago, long_ago))
    assert (await uploader.head()).status == 404
    assert await uploads.remove_expired() == 1
    assert folder_of(world) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Defer-Length": "2"}, 400),
        ({"Upload-Concat": "partial"}, 400),
        ({"Upload-Metadata": "filename !"}, 400),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": "filename YS56aXA=,filename Yi56aXA="}, 400),
        ({"Upload-Metadata": "filename Li4vYS56aXA="}, 400),
    ],
)
async def test_a_malformed_creation_is_refused(
    client: Client, world: World, headers: Mapping[str, str], status: int
) -> None:
    good = {
        **world.as_("admin"),
        "Tus-Resumable": "1.0.0",
        "Upload-Length": "10",
        "Upload-Metadata": "filename YS56aXA=",
    }
    answer = await client.post(UPLOADS, headers={**good, **headers})
    assert answer.status == status
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert folder_of(world) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "application/octet-stream"}, 415),
        ({"Content_Encoding": "gzip"}, 415),
        ({"Upload_Checksum": "md5 AAAA"}, 400),
        ({"Upload_Checksum": "sha1 !"}, 400),
        ({"Upload_Offset": "x"}, 400),
    ],
)
async def test_a_malformed_piece_is_refused(uploader: Uploader, headers: dict[str, str], status: int) -> None:
    await uploader.create()
    assert (await uploader.patch(0, ZIP, **headers)).status == status
    assert (await uploader.head()).headers["Upload-Offset"] == "0"
