"""What a tenant stores stays within its quota, on every surface, and by however many ways it comes at once."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse

from gateway.bodies import draining
from shared.adapters.folders import quotas
from shared.adapters.folders.archives import ArchiveDirectory
from shared.identity import TenantLimits
from tests.gateway.conftest import Client, StartGateway, World, accepted_job
from tests.gateway.dialects.darwin.conftest import Darwin
from tests.gateway.dialects.spark.conftest import Spark
from tests.support.archives.small import make_archive

ARCHIVE = make_archive("New")
SIZE, HALF = len(ARCHIVE), len(ARCHIVE) // 2
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


async def limit(world: World, **limits: int) -> None:
    await world.identity.change_tenant("acme", lambda tenant: replace(tenant, limits=TenantLimits(**limits)))


@pytest.fixture
def folder(world: World) -> Path:
    made: Path = world.settings.archives_dir / "acme"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def start(world: World, start_gateway: StartGateway, folder: Path) -> Callable[[], Awaitable[Client]]:
    """Start a gateway with stores of its own, on the folder of all."""
    return lambda: start_gateway(replace(world.resources(), archives=ArchiveDirectory(folder.parent)))


def sizes_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.iterdir()}


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0.01)


def tus_metadata(name: str) -> str:
    return f"filename {base64.b64encode(name.encode()).decode()}"


async def put(client: Client, world: World, name: str) -> int:
    return (await client.put(f"/api/v1/archives/{name}", data=ARCHIVE, headers=world.as_("admin"))).status


async def put_without_length(client: Client, world: World, name: str) -> int:
    data = in_pieces(ARCHIVE[:HALF], ARCHIVE[HALF:])
    return (await client.put(f"/api/v1/archives/{name}", data=data, headers=world.as_("admin"))).status


async def send_in_pieces(client: Client, world: World, name: str) -> int:
    """Upload by tus; return the status of the last answer, 201 where it became an archive."""
    begin = {**world.as_("admin"), **TUS, "Upload-Length": str(SIZE), "Upload-Metadata": tus_metadata(name)}
    created = await client.post("/api/v1/uploads", headers=begin)
    if created.status != 201:
        return created.status
    path = created.headers["Location"].removeprefix("https://ferry.example/base")
    for offset, content in ((0, ARCHIVE[:HALF]), (HALF, ARCHIVE[HALF:])):
        headers = {**world.as_("admin"), **PIECE, "Upload-Offset": str(offset)}
        answer = await client.patch(path, data=content, headers=headers)
        if answer.status != 204:
            return answer.status
    return 201


async def send_at_once(client: Client, world: World, name: str) -> int:
    """Upload by tus, all with the creation."""
    begin = {**world.as_("admin"), **PIECE, "Upload-Length": str(SIZE), "Upload-Metadata": tus_metadata(name)}
    return (await client.post("/api/v1/uploads", data=ARCHIVE, headers=begin)).status


WAYS = [put, put_without_length, send_in_pieces]


@pytest.mark.parametrize("ways", [[put], [put_without_length], [send_in_pieces], WAYS])
@pytest.mark.parametrize("fitting", [7, 1])
async def test_of_twenty_at_once_as_many_are_taken_as_fit(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path, ways: list[Any], fitting: int
) -> None:
    gateways = [await start() for _ in range(3)]
    await limit(world, max_total_bytes=fitting * SIZE + HALF)
    told = await asyncio.gather(
        *(ways[at % len(ways)](gateways[at % len(gateways)], world, f"{at}.zip") for at in range(20))
    )
    assert sorted(told) == [201] * fitting + [413] * (20 - fitting)
    assert sizes_in(folder) == {f"{at}.zip": SIZE for at, status in enumerate(told) if status == 201}


async def test_another_tenant_is_not_touched(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path
) -> None:
    await limit(world, max_total_bytes=1)
    client = await start()
    assert await put(client, world, "a.zip") == 413
    answer = await client.put("/api/v1/archives/a.zip", data=ARCHIVE, headers=world.as_("stranger"))
    assert answer.status == 201
    assert sizes_in(folder) == {}


async def told_by_put(client: Client, world: World) -> ClientResponse:
    return await client.put("/api/v1/archives/a.zip", data=ARCHIVE, headers=world.as_("admin"))


async def told_by_creation(client: Client, world: World) -> ClientResponse:
    begin = {**world.as_("admin"), **TUS, "Upload-Length": str(SIZE), "Upload-Metadata": tus_metadata("a.zip")}
    return await client.post("/api/v1/uploads", headers=begin)


async def told_by_spark(client: Client, world: World) -> ClientResponse:
    entity = {"inputs": {"services_modify": [{"service_uri_source": "source/New"}]}}
    return await Spark(client=client, world=world).import_(entity, ARCHIVE)


async def told_by_darwin(client: Client, world: World) -> ClientResponse:
    return await Darwin(client=client, world=world).import_(ARCHIVE, "SKIP", query="?database=target")


@pytest.mark.parametrize("send", [told_by_put, told_by_creation, told_by_spark, told_by_darwin])
async def test_a_refusal_says_how_much_is_too_much(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path, send: Any
) -> None:
    (folder / "there.zip").write_bytes(b"x" * 100)
    await limit(world, max_total_bytes=SIZE + 90)
    client = await start()
    answer = await send(client, world)
    text = await answer.text()
    assert (answer.status, "QUOTA_EXCEEDED" in text) == (413, True), text
    assert f"may take {SIZE + 90} bytes in all: 100 are there, and {SIZE} more are 10 too many" in text
    assert "Delete archives, or ask an administrator" in text
    assert sizes_in(folder) == {"there.zip": 100}
    assert world.jobs.jobs == {}
    if send is not told_by_darwin:  # which answers once a worker has done it
        await limit(world, max_total_bytes=SIZE + 100)
        assert (await send(client, world)).status < 300


@pytest.mark.parametrize(
    ("send", "looks"),
    [(put, 2), (put_without_length, 2), (send_at_once, 2), (send_in_pieces, 2)],
)
async def test_a_small_upload_has_the_folder_looked_through_at_its_begin_and_at_its_end(
    world: World,
    start: Callable[[], Awaitable[Client]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    send: Any,
    looks: int,
) -> None:
    seen, real = 0, quotas.measure

    def count(opened: int, **named: os.stat_result | None) -> int:
        nonlocal seen
        seen += 1
        return real(opened, **named)

    monkeypatch.setattr(quotas, "measure", count)
    await limit(world, max_total_bytes=10**9)
    assert await send(await start(), world, "a.zip") == 201
    assert seen == looks


async def test_what_comes_without_a_length_is_refused_while_it_comes(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "STEP_BYTES", 1000)
    await limit(world, max_total_bytes=5000)
    client, sent, is_answered = await start(), 0, False

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 90_000 and not is_answered:
            sent += 500
            yield os.urandom(500)
            await asyncio.sleep(0.005)

    answer = await client.put("/api/v1/archives/a.zip", data=endless(), headers=world.as_("admin"))
    assert (answer.status, (await answer.json())["code"]) == (413, "QUOTA_EXCEEDED")
    is_answered = True
    assert sent < 50_000
    assert sizes_in(folder) == {}


@pytest.mark.parametrize("of_part", [True, False], ids=["the part's length", "the body's length"])
async def test_a_form_that_is_too_long_is_refused_before_its_file_comes(
    world: World,
    start: Callable[[], Awaitable[Client]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    of_part: bool,
) -> None:
    monkeypatch.setattr(draining, "IDLE_SECONDS", 0.1)  # then the refusal is told although no more comes
    await limit(world, max_total_bytes=50_000)
    size = 60_000 if of_part else 60_000 + 65_536 + world.settings.max_json_bytes
    length = f"Content-Length: {size}\r\n" if of_part else ""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n{length}\r\n'.encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(len(head) + size)}
    client, is_answered = await start(), asyncio.Event()

    async def begin() -> AsyncIterator[bytes]:
        yield head + b"PK"
        await is_answered.wait()

    sending = client.post("/acme/api/v4/import", data=begin(), headers={**world.as_("admin"), **headers})
    answer = await asyncio.wait_for(sending, 20)
    assert (answer.status, "QUOTA_EXCEEDED" in await answer.text()) == (413, True)
    is_answered.set()
    assert sizes_in(folder) == {}


async def test_an_upload_in_pieces_that_grows_too_large_goes(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path
) -> None:
    await limit(world, max_total_bytes=50)
    client = await start()
    begin = {**world.as_("admin"), **TUS, "Upload-Defer-Length": "1", "Upload-Metadata": tus_metadata("a.zip")}
    created = await client.post("/api/v1/uploads", headers=begin)
    path = created.headers["Location"].removeprefix("https://ferry.example/base")
    headers = {**world.as_("admin"), **PIECE}
    assert (await client.patch(path, data=b"x" * 30, headers={**headers, "Upload-Offset": "0"})).status == 204
    digest = {"Upload-Checksum": "sha1 " + base64.b64encode(b"x" * 20).decode()}
    answer = await client.patch(path, data=in_pieces(b"x" * 21), headers={**headers, **digest, "Upload-Offset": "30"})
    assert (answer.status, (await answer.json())["code"]) == (413, "QUOTA_EXCEEDED")
    assert (await client.head(path, headers={**world.as_("admin"), **TUS})).status == 404
    assert [files for _, _, files in os.walk(folder.parent) if files and "acme" not in files] == []


async def test_an_upload_in_pieces_for_which_there_is_no_room_any_more_goes_when_a_step_is_done(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "STEP_BYTES", 1000)
    await limit(world, max_total_bytes=50_000)
    client = await start()
    begin = {**world.as_("admin"), **TUS, "Upload-Length": "9000", "Upload-Metadata": tus_metadata("a.zip")}
    path = (await client.post("/api/v1/uploads", headers=begin)).headers["Location"]
    (folder / "there.zip").write_bytes(b"x" * 50_000)
    told = []
    for offset in (0, 500, 1000):
        headers = {**world.as_("admin"), **PIECE, "Upload-Offset": str(offset)}
        piece = await client.patch(path.removeprefix("https://ferry.example/base"), data=b"x" * 500, headers=headers)
        told.append(piece.status)
    assert told == [204, 413, 404]
    assert sizes_in(folder) == {"there.zip": 50_000}


async def test_an_upload_that_is_left_alone_takes_its_room_until_it_is_given_up(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path
) -> None:
    await limit(world, max_total_bytes=SIZE)
    client = await start()
    begin = {**world.as_("admin"), **PIECE, "Upload-Length": "30", "Upload-Metadata": tus_metadata("b.zip")}
    created = await client.post("/api/v1/uploads", data=b"x" * 10, headers=begin)
    assert created.status == 201
    assert await put(client, world, "a.zip") == 413
    path = created.headers["Location"].removeprefix("https://ferry.example/base")
    assert (await client.delete(path, headers={**world.as_("admin"), **TUS})).status == 204
    assert await put(client, world, "a.zip") == 201
    assert sizes_in(folder) == {"a.zip": SIZE}


async def test_what_is_there_can_be_sent_again_when_the_quota_is_full(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path
) -> None:
    await limit(world, max_total_bytes=SIZE)
    client = await start()
    assert [await put(client, world, "a.zip") for _ in range(2)] == [201, 200]
    assert await put_without_length(client, world, "a.zip") == 200
    assert sizes_in(folder) == {"a.zip": SIZE}


@pytest.mark.parametrize("room", [0, 10, 900])
@pytest.mark.parametrize("file_filter", ["migrate", "onpremises"])
async def test_an_export_that_does_not_fit_fails(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path, room: int, file_filter: str
) -> None:
    (folder / "there.zip").write_bytes(b"x" * 100)
    await limit(world, max_total_bytes=100 + room)
    client = await start()
    body = {"database": "source", "applications": [{"name": "MyApp"}], "file_filter": file_filter}
    job = await accepted_job(client, world, "/api/v1/exports", body, "user")
    resources = replace(world.resources(), archives=ArchiveDirectory(folder.parent))
    await world.work(resources)
    ended = await world.jobs.get(job.id)
    assert ended.failure is not None
    assert ended.failure.code == "QUOTA_EXCEEDED"
    assert f"may take {100 + room} bytes in all: 100 are there" in ended.failure.message
    assert sizes_in(folder) == {"there.zip": 100}
    await limit(world, max_total_bytes=100_000)
    retried = await client.post(f"/api/v1/jobs/{job.id}/retry", headers=world.as_("user"))
    await world.work(resources)
    assert (await world.jobs.get((await retried.json())["id"])).failure is None
    assert len(sizes_in(folder)) == 2


async def test_an_export_finds_the_room_that_its_crashed_attempt_took(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path
) -> None:
    await limit(world, max_total_bytes=100_000)
    body = {"database": "source", "applications": [{"name": "MyApp"}], "file_filter": "migrate"}
    job = await accepted_job(await start(), world, "/api/v1/exports", body, "user")
    (folder / f".{job.id}.0.part").write_bytes(b"x" * 99_990)
    await world.work(replace(world.resources(), archives=ArchiveDirectory(folder.parent)))
    assert (await world.jobs.get(job.id)).failure is None


async def test_a_copy_that_finds_no_room_fails(
    world: World, start: Callable[[], Awaitable[Client]], folder: Path
) -> None:
    await limit(world, max_total_bytes=10)
    client = await start()
    body = {"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]}
    job = await accepted_job(client, world, "/api/v1/copies", body, "admin")
    await world.work(replace(world.resources(), archives=ArchiveDirectory(folder.parent)))
    ended = await world.jobs.get(job.id)
    assert ended.failure is not None
    assert ended.failure.code == "QUOTA_EXCEEDED"
    assert sizes_in(folder) == {}


async def test_a_pin_is_set_shown_and_kept(world: World, start: Callable[[], Awaitable[Client]], folder: Path) -> None:
    client, admin = await start(), world.as_("admin")
    assert await put(client, world, "a.zip") == 201

    async def change(pinned: object, caller: str = "admin") -> ClientResponse:
        return await client.patch("/api/v1/archives/a.zip", json={"pinned": pinned}, headers=world.as_(caller))

    assert [(await change(True, caller)).status for caller in ("user", "importer", "stranger")] == [403, 403, 404]
    assert (await change("yes")).status == 400
    answer = await change(True)
    (listed,) = (await (await client.get("/api/v1/archives", headers=admin)).json())["archives"]
    assert (answer.status, await answer.json()) == (200, listed)
    assert (listed["name"], listed["bytes"], listed["pinned"]) == ("a.zip", SIZE, True)
    refused = await client.delete("/api/v1/archives/a.zip", headers=admin)
    assert (refused.status, (await refused.json())["code"]) == (409, "ARCHIVE_PINNED")
    assert await put(client, world, "a.zip") == 200
    assert (await change(False)).status == 200
    assert (await client.delete("/api/v1/archives/a.zip", headers=admin)).status == 204
    assert sizes_in(folder) == {}
    told = [(each.action, each.target, each.code) for each in world.audit.entries if each.action == "archives.change"]
    assert told[-1] == ("archives.change", "name=a.zip unpinned", "")
    assert ("archives.change", "name=a.zip pinned", "") in told
