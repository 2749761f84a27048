"""Whoever takes nothing of an answer is cut off, and whoever takes a little is not: with real sockets."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.dialects.native.events import endpoints, stream
from shared.adapters.folders.archives import ArchiveDirectory
from tests.gateway.conftest import Client, StartGateway, World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what has been taken")

SECONDS = 0.8
SIZE = 30_000_000
"""More than two kernels keep for one connection."""
ARCHIVE = "/api/v1/archives/big.zip"


@pytest.fixture
async def client(start_gateway: StartGateway, world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(endpoints, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(stream, "_HEARTBEAT", b":" + b"x" * 100_000 + b"\n\n")
    folder = world.settings.archives_dir / "acme"
    folder.mkdir(parents=True)
    with (folder / "big.zip").open("wb") as file:
        file.truncate(SIZE)
    for number in range(600):
        (folder / f"{number}{'x' * 150}.zip").touch()
    settings = world.settings.model_copy(update={"reader_seconds": SECONDS})
    resources = replace(world.resources(), settings=settings, archives=ArchiveDirectory(settings.archives_dir))
    return await start_gateway(resources)


@asynccontextmanager
async def ask(client: Client, world: World, path: str) -> AsyncIterator[socket.socket]:
    """Send a request through a socket that keeps little of the answer itself."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, (str(client.host), client.port))
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-KEY: {world.keys['admin']}\r\n\r\n"
        await loop.sock_sendall(connection, head.encode())
        yield connection


async def receive(connection: socket.socket) -> bytes:
    async with asyncio.timeout(20):
        return await asyncio.get_running_loop().sock_recv(connection, 4096)


async def receive_all(connection: socket.socket) -> None:
    while await receive(connection):
        pass


def connections_of(client: Client) -> int:
    assert client.server.runner is not None
    assert client.server.runner.server is not None
    return len(client.server.runner.server.connections)


def open_archives() -> int:
    """Count the descriptors of archives that this process holds."""
    found = 0
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found += each.readlink().name == "big.zip"
    return found


@pytest.mark.parametrize("path", [ARCHIVE, "/api/v1/archives", "/api/v1/events"])
async def test_who_takes_nothing_is_cut(client: Client, world: World, path: str) -> None:
    async with ask(client, world, path) as connection:
        assert await receive(connection)
        began = time.monotonic()
        async with asyncio.timeout(20):
            while connections_of(client) > 0 or open_archives() > 0:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.02)
        assert time.monotonic() - began >= SECONDS
        with pytest.raises(ConnectionResetError):
            await receive_all(connection)


async def test_who_takes_a_little_is_not(client: Client, world: World) -> None:
    async with ask(client, world, ARCHIVE) as connection:
        until = time.monotonic() + 2.5 * SECONDS
        while time.monotonic() < until:
            assert await receive(connection)
            await asyncio.sleep(SECONDS / 20)
        assert connections_of(client) == 1


async def test_who_has_nothing_to_take_is_not(client: Client, world: World) -> None:
    async with ask(client, world, "/livez") as connection:
        assert (await receive(connection)).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(1.5 * SECONDS)
        await asyncio.get_running_loop().sock_sendall(connection, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await receive(connection)).startswith(b"HTTP/1.1 200 ")
