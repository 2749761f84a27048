"""What only looks ends when the caller is gone, in threads too; the next caller of the tenant need not wait for it.

So it does when the caller may hear the answer no more.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.dialects.native.databases import endpoints as databases
from gateway.dialects.native.databases.counts import ApplicationCounts
from gateway.dialects.spark import exporting
from gateway.server import guarded
from shared.api_keys import hash_key
from shared.archive import file_hash
from shared.archive.inspection.entry_inspector import EntryInspector
from shared.concurrency.stoppable import go_on
from tests.gateway.conftest import Client, World
from tests.support.archives.small import make_archive

LARGE = make_archive("Large", texts=[f"{number}" * 2000 for number in range(2000)])


class Slow:
    """Work in pieces, of which each takes a while; it would go on for minutes."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.begun = threading.Event()
        self.pieces = 0
        self._seconds = seconds

    def take(self, *_: object) -> None:
        self.begun.set()
        self.pieces += 1
        time.sleep(self._seconds)

    async def wait(self, *_: object, **__: object) -> Any:
        self.begun.set()
        for self.pieces in range(1, 2000):
            await asyncio.sleep(self._seconds)


async def ask_and_leave(client: Client, world: World, line: str, slow: Slow, body: bytes = b"") -> None:
    _, writer = await asyncio.open_connection(client.host, client.port)
    key, length = world.keys["admin"], len(body)
    writer.write(f"{line} HTTP/1.1\r\nHost: x\r\nX-API-KEY: {key}\r\nContent-Length: {length}\r\n\r\n".encode() + body)
    assert await asyncio.to_thread(slow.begun.wait, 20)
    writer.transport.abort()


@asynccontextmanager
async def asked_and_half_closed(client: Client, world: World, line: str, slow: Slow) -> AsyncIterator[None]:
    _, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"{line} HTTP/1.1\r\nHost: x\r\nX-API-KEY: {world.keys['admin']}\r\n\r\n".encode())
    writer.write_eof()
    assert await asyncio.to_thread(slow.begun.wait, 20)
    yield
    writer.transport.abort()


async def ask_and_lose_key(client: Client, world: World, line: str, slow: Slow, body: bytes = b"") -> None:
    method, path = line.split()
    asking = asyncio.create_task(client.request(method, path, data=body, headers=world.as_("admin")))
    assert await asyncio.to_thread(slow.begun.wait, 20)
    await world.identity.remove_key(hash_key(world.keys["admin"]))
    async with asyncio.timeout(20):
        assert (await asking).status == 401


LEFT = pytest.mark.parametrize("ask", [ask_and_leave, ask_and_lose_key])


async def require_end(slow: Slow) -> None:
    """Fail unless the work ends soon: no piece of it is done any more."""
    async with asyncio.timeout(20):
        pieces = -1
        while pieces != slow.pieces:
            pieces = slow.pieces
            await asyncio.sleep(0.6)


@LEFT
async def test_an_inspection_ends(client: Client, world: World, monkeypatch: pytest.MonkeyPatch, ask: Any) -> None:
    world.archives.put("acme", "large.zip", LARGE)
    slow, feed = Slow(0.2), EntryInspector.feed

    def feed_slowly(self: EntryInspector, piece: bytes) -> None:
        for start in range(0, len(piece), 10_000):
            feed(self, piece[start : start + 10_000])
        slow.take()

    monkeypatch.setattr(EntryInspector, "feed", feed_slowly)
    await ask(client, world, "GET /api/v1/archives/large.zip/inspect", slow)
    await require_end(slow)
    assert slow.pieces < 20
    monkeypatch.undo()
    async with asyncio.timeout(20):
        headers = {**world.as_("root"), "x-tenant-name": "acme"}
        response = await client.get("/api/v1/archives/large.zip/inspect", headers=headers)
    assert response.status == 200


@LEFT
async def test_a_digest_ends_in_its_thread(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, ask: Any
) -> None:
    world.archives.put("acme", "large.zip", LARGE)
    slow = Slow()

    def go_on_slowly() -> None:
        slow.take()
        go_on()

    monkeypatch.setattr(file_hash, "go_on", go_on_slowly)
    monkeypatch.setattr(file_hash, "_PIECE_BYTES", 1)
    await ask(client, world, "GET /api/v1/archives/large.zip", slow)
    await require_end(slow)


SERVICES = b'{"inputs":{"services":["source/MyApp"]}}'


@LEFT
@pytest.mark.parametrize(
    ("module", "name", "line", "body"),
    [
        (ApplicationCounts, "read", "GET /api/v1/databases/source/applications?counts=true", b""),
        (databases, "read_application_schema", "GET /api/v1/databases/source/applications/MyApp/schema", b""),
        (exporting, "require_fitting", "POST /acme/api/v4/export", SERVICES),
    ],
)
async def test_counts_and_estimates_end(
    client: Client,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    line: str,
    body: bytes,
    ask: Any,
) -> None:
    slow = Slow()
    monkeypatch.setattr(module, name, slow.wait)
    await ask(client, world, line, slow, body)
    await require_end(slow)
    assert await world.jobs.list_waiting("acme") == []


async def test_what_begins_no_answer_ends_some_time_after_its_caller_has_closed_its_half(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(guarded, "HALF_CLOSED_SECONDS", 0.3)
    monkeypatch.setattr(ApplicationCounts, "read", slow.wait)
    line = "GET /api/v1/databases/source/applications?counts=true"
    async with asked_and_half_closed(client, world, line, slow):
        await require_end(slow)
