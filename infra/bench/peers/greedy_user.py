"""A user who asks for all he can get, in a process of his own: its work is not to hold up whoever measures."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias
from urllib.parse import urlsplit

import aiohttp

_AT_ONCE = 8
"""Requests of each kind under way."""

_CONNECTIONS = 600
"""More than one address may have."""

_NAMES = [{"name": f"{number:03d} {'x' * 200}"} for number in range(200)]
"""As many as one request may hold."""

Ask: TypeAlias = "Callable[[GreedyUser], Awaitable[None]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class GreedyUser:
    """Somebody with a key and an archive."""

    session: aiohttp.ClientSession
    url: str
    archive: str

    async def read(self, path: str) -> None:
        """Ask for something."""
        async with self.session.get(path.format(archive=self.archive)) as response:
            await response.read()

    async def name_much(self) -> None:
        """Order what does not exist."""
        order = {"database": "source", "applications": _NAMES}
        async with self.session.post("/api/v1/exports", json=order) as response:
            await response.read()

    async def hold(self) -> None:
        """Send half a request, and wait."""
        url = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        try:
            writer.write(b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Filler: ")
            await reader.read()
        finally:
            writer.transport.abort()

    async def go_on(self, ask: Ask) -> None:
        """Ask again and again."""
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                await ask(self)
            await asyncio.sleep(0)


def _reads(*paths: str) -> Sequence[Ask]:
    return [partial(GreedyUser.read, path=path) for path in paths for _ in range(_AT_ONCE // len(paths))]


KINDS: Mapping[str, Sequence[Ask]] = {
    "inspections": _reads("/api/v1/archives/{archive}/inspect?database=target"),
    "names": [GreedyUser.name_much] * _AT_ONCE,
    "listings": _reads(
        "/api/v1/jobs?limit=500",
        "/api/v1/archives",
        "/api/v1/databases/source/applications?counts=true",
        "/openapi.json",
    ),
    "connections": [GreedyUser.hold] * _CONNECTIONS,
}


async def _run(url: str, key: str, archive: str, kinds: Sequence[str]) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, headers={"X-API-KEY": key}, connector=connector) as session:
        user = GreedyUser(session=session, url=url, archive=archive)
        await asyncio.gather(*(user.go_on(ask) for kind in kinds for ask in KINDS[kind]))


def main() -> None:
    """Ask the gateway of the first word for kinds of work until killed; the key comes by the standard input."""
    url, archive, *kinds = sys.argv[1:]
    asyncio.run(_run(url, sys.stdin.readline().strip(), archive, kinds))


if __name__ == "__main__":
    main()
