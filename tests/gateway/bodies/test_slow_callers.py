"""Callers that stall or leave hold nothing and leave nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bodies import arriving, parsing
from shared.adapters.folders.archives import ArchiveDirectory
from tests.gateway.conftest import Client, StartGateway, World


@pytest.fixture
async def client(start_gateway: StartGateway, world: World) -> Client:
    return await start_gateway(replace(world.resources(), archives=ArchiveDirectory(world.settings.archives_dir)))


async def begin(
    client: Client, world: World, line: bytes, announced: int, body: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    key = world.keys["admin"].encode()
    writer.write(
        line + b" HTTP/1.1\r\nHost: x\r\nX-API-KEY: " + key + b"\r\nContent-Length: %d\r\n\r\n" % announced + body
    )
    await writer.drain()
    return reader, writer


def files_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*.*"))


async def wait_for_files(folder: Path, number: int) -> None:
    async with asyncio.timeout(20):
        while len(files_in(folder)) != number:  # noqa: ASYNC110 - nothing tells of a file
            await asyncio.sleep(0.01)


async def read_until(capsys: pytest.CaptureFixture[str], text: str) -> str:
    """Return what was printed once this is part of it: a request is told of after it is over."""
    printed = ""
    async with asyncio.timeout(20):
        while text not in printed:
            await asyncio.sleep(0.01)
            printed += capsys.readouterr().out
    return printed


async def test_a_json_body_that_does_not_arrive(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "BODY_SECONDS", 0.1)
    reader, writer = await begin(client, world, b"POST /imaging/etl/api/app/export", 10, b"{")
    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_an_upload_that_stands_still(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "IDLE_SECONDS", 0.1)
    reader, writer = await begin(client, world, b"PUT /api/v1/archives/a.zip", 1000, b"PK\x03\x04")
    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    assert files_in(world.settings.archives_dir) == []
    writer.close()


async def test_an_upload_whose_caller_leaves(client: Client, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    _, writer = await begin(client, world, b"PUT /api/v1/archives/a.zip", 1000, b"PK\x03\x04")
    await wait_for_files(world.settings.archives_dir, 1)
    writer.close()
    await wait_for_files(world.settings.archives_dir, 0)
    assert (await client.get("/livez")).status == 200
    assert "request failed" not in await read_until(capsys, "499")


async def test_a_download_whose_caller_leaves(client: Client, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    folder = world.settings.archives_dir / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "big.zip").write_bytes(bytes(50_000_000))
    reader, writer = await begin(client, world, b"GET /api/v1/archives/big.zip", 0, b"")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    writer.transport.abort()
    assert "request failed" not in await read_until(capsys, "499")
