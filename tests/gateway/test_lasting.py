"""Answers that last end with the rights of their caller."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway import lasting
from shared.adapters.folders.archives import ArchiveDirectory
from shared.api_keys import hash_key
from shared.errors import StoreUnavailableError
from shared.identity import Role
from shared.logs import log_path
from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.issuers import AUDIENCE, ISSUER, open_issuer
from tests.support.keys import make_key, make_user
from tests.support.memory.identity import MemoryIdentity

LARGE = 50_000_000
"""More than all buffers on the way hold."""

Change = Callable[[World], Awaitable[object]]


@pytest.fixture
async def client(start_gateway: StartGateway, world: World) -> Client:
    return await start_gateway(replace(world.resources(), archives=ArchiveDirectory(world.settings.archives_dir)))


def make_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with path.open("r+b") as file:
        file.truncate(LARGE)


async def all_events(client: Client, world: World) -> str:
    del client, world
    return "/api/v1/events"


async def events_of_a_job(client: Client, world: World) -> str:
    del client
    return f"/api/v1/jobs/{(await submit(world, 'admin')).id}/events"


async def log_of_a_job(client: Client, world: World) -> str:
    del client
    job = await submit(world, "admin")
    make_file(log_path(world.settings, job.tenant, job.id))
    return f"/api/v1/jobs/{job.id}/log"


async def an_archive(client: Client, world: World) -> str:
    del client
    make_file(world.settings.archives_dir / "acme" / "big.zip")
    return "/api/v1/archives/big.zip"


async def a_link(client: Client, world: World, caller: str = "admin", **headers: str) -> str:
    path = await an_archive(client, world)
    headers = headers or {**world.as_(caller), "x-tenant-name": "acme"}
    async with client.post(f"{path}/link", headers=headers) as answer:
        url: str = (await answer.json())["url"]
    return "/files/" + url.rpartition("/")[2]


FOLLOWED = [all_events, events_of_a_job]
LOADED = [log_of_a_job, an_archive]
STREAMS = pytest.mark.parametrize("make", FOLLOWED + LOADED)


async def revoke(world: World) -> None:
    await world.identity.remove_key(hash_key(world.keys["admin"]))


async def rotate(world: World) -> None:
    await world.identity.replace_key(hash_key(world.keys["admin"]), make_key(user="admin"))


async def expire(world: World) -> None:
    await rotate(world)
    over = make_key(text=world.keys["admin"], user="admin", expires=datetime.now(UTC) - timedelta(seconds=1))
    await world.identity.create_key(over)


async def disable(world: World) -> None:
    await world.identity.change_user("acme", "admin", lambda user: replace(user, disabled=True))


async def demote(world: World) -> None:
    await world.identity.change_user("acme", "admin", lambda user: replace(user, roles=frozenset({Role.IMPORTER})))


async def remove_user(world: World) -> None:
    await world.identity.remove_user("acme", "admin")


async def remove_tenant(world: World) -> None:
    await world.identity.remove_tenant("acme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Somebody who reads an answer, no faster than asked to."""

    reader: asyncio.StreamReader

    async def read_to_the_end(self, pause: float = 0.01) -> tuple[int, bool]:
        """Return how much came, and whether the answer came to its end."""
        received, last = 0, b""
        async with asyncio.timeout(30):
            try:
                while chunk := await self.reader.read(1 << 20):
                    received, last = received + len(chunk), chunk
                    await asyncio.sleep(pause)
            except ConnectionResetError:
                return received, False
        return received, received >= LARGE or last.endswith(b"0\r\n\r\n")


@asynccontextmanager
async def listen(client: Client, path: str, headers: dict[str, str]) -> AsyncIterator[Listener]:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    try:
        yield Listener(reader=reader)
    finally:
        writer.transport.abort()


def announce_nothing(_: MemoryIdentity) -> None:
    """Change as a gateway of an earlier version does."""


@pytest.mark.parametrize("is_announced", [True, False], ids=["told", "asked"])
@pytest.mark.parametrize("change", [revoke, rotate, expire, disable, demote, remove_user, remove_tenant])
@STREAMS
async def test_who_is_let_in_no_more_hears_no_more(
    client: Client,
    world: World,
    make: Any,
    change: Change,
    is_announced: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = await make(client, world)
    monkeypatch.setattr(lasting, "ASK_SECONDS", 60.0 if is_announced else 0.05)
    monkeypatch.setattr(lasting, "PAUSE_SECONDS", 0.0)
    if not is_announced:
        monkeypatch.setattr(MemoryIdentity, "_announce", announce_nothing)
    async with listen(client, path, world.as_("admin")) as listener:
        await change(world)
        received, is_whole = await listener.read_to_the_end()
    assert not is_whole
    assert received < LARGE
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert (await client.get(path, headers=world.as_("admin"))).status in ({200, 404} if change is demote else {401})


async def test_a_super_admin_hears_of_a_tenant_for_as_long_as_it_is_there(client: Client, world: World) -> None:
    headers = {**world.as_("root"), "x-tenant-name": "acme"}
    async with listen(client, await all_events(client, world), headers) as listener:
        await remove_tenant(world)
        assert not (await listener.read_to_the_end())[1]
    assert (await client.get("/api/v1/me", headers=world.as_("root"))).status == 200


async def test_many_changes_are_asked_about_together(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    find = MemoryIdentity.find_key

    async def count(identity: MemoryIdentity, sha256: str) -> Any:
        nonlocal asked
        asked += 1
        return await find(identity, sha256)

    monkeypatch.setattr(MemoryIdentity, "find_key", count)
    async with listen(client, await all_events(client, world), world.as_("admin")) as listener:
        for _ in range(100):
            await rename(world)
            await asyncio.sleep(0.001)
        assert asked < 10
        await revoke(world)
        assert not (await listener.read_to_the_end())[1]


async def change_nothing(_: World) -> None:
    pass


async def rename(world: World) -> None:
    await world.identity.change_user("acme", "admin", lambda user: replace(user, display_name="Ann"))


async def promote(world: World) -> None:
    await world.identity.change_user("acme", "admin", lambda user: replace(user, roles=frozenset(Role)))


async def revoke_anothers(world: World) -> None:
    await world.identity.remove_key(hash_key(world.keys["user"]))


async def remove_anothers_tenant(world: World) -> None:
    await world.identity.remove_tenant("globex")


@pytest.mark.parametrize("change", [change_nothing, rename, promote, revoke_anothers, remove_anothers_tenant])
@pytest.mark.parametrize("make", LOADED)
async def test_all_others_hear_to_the_end(
    client: Client, world: World, make: Any, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await make(client, world)
    monkeypatch.setattr(lasting, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(lasting, "PAUSE_SECONDS", 0.0)
    async with listen(client, path, world.as_("admin")) as listener:
        await change(world)
        await asyncio.sleep(0.1)
        assert await listener.read_to_the_end(pause=0) == (LARGE, True)


@pytest.mark.parametrize(("silence", "is_whole"), [(30.0, True), (0.05, False)])
async def test_a_store_that_is_away_for_a_moment_ends_nothing(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, silence: float, is_whole: bool
) -> None:
    path = await an_archive(client, world)
    monkeypatch.setattr(lasting, "ASK_SECONDS", 0.01)
    monkeypatch.setattr(lasting, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(lasting, "SILENCE_SECONDS", silence)
    asked = 0

    async def fail(*_: Any) -> None:
        nonlocal asked
        asked += 1
        raise StoreUnavailableError("away")

    async with listen(client, path, world.as_("admin")) as listener:
        monkeypatch.setattr(MemoryIdentity, "find_key", fail)
        await asyncio.sleep(0.2)
        assert (await listener.read_to_the_end(pause=0))[1] == is_whole
    assert asked > 1


@pytest.mark.parametrize("is_announced", [True, False], ids=["told", "asked"])
@pytest.mark.parametrize("change", [revoke, rotate, expire, disable, demote, remove_user, remove_tenant])
async def test_a_link_ends_with_the_rights_of_who_made_it(
    client: Client, world: World, change: Change, is_announced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await a_link(client, world)
    monkeypatch.setattr(lasting, "ASK_SECONDS", 60.0 if is_announced else 0.05)
    monkeypatch.setattr(lasting, "PAUSE_SECONDS", 0.0)
    if not is_announced:
        monkeypatch.setattr(MemoryIdentity, "_announce", announce_nothing)
    async with listen(client, path, {}) as listener:
        await change(world)
        assert not (await listener.read_to_the_end())[1]
    assert (await client.get(path)).status == 404
    assert (await client.get(path, headers=world.as_("root"))).status == 404


@pytest.mark.parametrize("change", [change_nothing, rename, promote, revoke_anothers, remove_anothers_tenant])
async def test_a_link_outlives_other_changes(client: Client, world: World, change: Change) -> None:
    path = await a_link(client, world)
    await change(world)
    assert (await client.head(path)).status == 200


async def test_a_super_admins_link_ends_with_the_tenant(client: Client, world: World) -> None:
    path = await a_link(client, world, "root")
    assert (await client.head(path)).status == 200
    await remove_tenant(world)
    assert (await client.head(path)).status == 404


@pytest.mark.parametrize("tenants", ["acme", ["acme", "globex"]])
async def test_a_link_of_an_issuers_user_ends_when_disabled_here(
    world: World, start_gateway: StartGateway, tenants: str | list[str]
) -> None:
    async with open_issuer() as issuer:
        named = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
        settings = world.settings.model_validate({**world.settings.model_dump(), **named})
        archives = ArchiveDirectory(settings.archives_dir)
        resources = replace(world, settings=settings).resources()
        client = await start_gateway(replace(resources, archives=archives))
        await world.identity.create_user(make_user(name="jane", roles=()))
        token = issuer.sign(tenant=tenants, roles=["ADMIN"])
        path = await a_link(client, world, **{"Authorization": f"Bearer {token}", "x-tenant-name": "acme"})
        assert (await client.head(path)).status == 200
        await world.identity.change_user("acme", "jane", lambda user: replace(user, disabled=True))
        assert (await client.head(path)).status == 404


async def test_an_issuers_user_hears_until_disabled_here(
    world: World, start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lasting, "ASK_SECONDS", 0.05)
    async with open_issuer() as issuer:
        named = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
        settings = world.settings.model_validate({**world.settings.model_dump(), **named})
        client = await start_gateway(replace(world, settings=settings).resources())
        await world.identity.create_user(make_user(name="jane", roles=()))
        token = issuer.sign(tenant=["acme", "globex"], roles=["ADMIN"])
        headers = {"Authorization": f"Bearer {token}", "x-tenant-name": "acme"}
        async with listen(client, "/api/v1/events", headers) as listener:
            reading = asyncio.create_task(listener.read_to_the_end())
            await asyncio.sleep(0.2)
            assert not reading.done()
            await world.identity.change_user("acme", "jane", lambda user: replace(user, disabled=True))
            assert not (await reading)[1]


CONTENT = os.urandom(60_000)
HALF = len(CONTENT) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A body in two halves, and where it goes."""

    method: str
    path: str
    body: bytes
    caller: str = "admin"
    headers: dict[str, str] = field(default_factory=dict)


def whole_archive() -> Upload:
    return Upload(method="PUT", path="/api/v1/archives/new.zip", body=CONTENT)


def piece_of_one() -> Upload:
    headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    return Upload(method="PATCH", path="", body=CONTENT, headers=headers)


def spark_import() -> Upload:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return Upload(method="POST", path="/acme/api/v4/import", body=head + 40 * CONTENT, headers=headers)


def darwin_import() -> Upload:
    body = b'{"conflictResolutionAction": "SKIP", "exportPackage": "' + base64.b64encode(CONTENT)
    return Upload(method="POST", path="/darwin/api/2.0/exportimport/import", body=body, caller="architect")


def stored_bytes(world: World) -> int:
    return sum(path.stat().st_size for path in world.settings.archives_dir.rglob("*") if path.is_file())


async def find_path(client: Client, world: World, upload: Upload) -> str:
    if upload.path:
        return upload.path
    told = {"Upload-Length": str(len(CONTENT)), "Upload-Metadata": f"filename {base64.b64encode(b'new.zip').decode()}"}
    headers = {**world.as_(upload.caller), "Tus-Resumable": "1.0.0", **told}
    async with client.post("/api/v1/uploads", headers=headers) as answer:
        return answer.headers["Location"].removeprefix("https://ferry.example/base")


@pytest.mark.parametrize("make", [whole_archive, piece_of_one, spark_import, darwin_import])
async def test_who_is_let_in_no_more_brings_nothing_to_its_end(
    client: Client, world: World, make: Callable[[], Upload]
) -> None:
    upload, has_ended = make(), asyncio.Event()
    path = await find_path(client, world, upload)
    before = stored_bytes(world)

    async def send() -> AsyncIterator[bytes]:
        yield upload.body[:-HALF]
        await has_ended.wait()
        yield upload.body[-HALF:]

    headers = {**world.as_(upload.caller), **upload.headers}
    sending = asyncio.create_task(client.request(upload.method, path, data=send(), headers=headers))
    async with asyncio.timeout(20):
        while stored_bytes(world) < before + 10_000:  # noqa: ASYNC110 - nothing tells of a file
            await asyncio.sleep(0.01)
    await world.identity.remove_key(hash_key(world.keys[upload.caller]))
    await asyncio.sleep(0.1)
    has_ended.set()
    async with asyncio.timeout(20):
        assert (await sending).status == 401
    assert not list(world.settings.archives_dir.rglob("new.zip"))
    assert world.jobs.jobs == {}
