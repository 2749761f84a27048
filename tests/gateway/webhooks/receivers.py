"""A receiver on this machine that answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A request as it came."""

    path: str
    body: bytes
    headers: dict[str, str]


def answer(status: int, **headers: str) -> Answering:
    async def give(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers, text="none of your business")

    return give


async def hang(_: web.Request) -> web.Response:
    await asyncio.sleep(3600)
    raise AssertionError


async def send_a_gigabyte(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(1024**3)})
    await response.prepare(request)
    for _ in range(1024):
        await response.write(bytes(1024**2))
    return response


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def send_a_long_head(_: web.Request) -> web.Response:
    return web.Response(headers={"X-Long": "x" * 100_000})


@dataclass(slots=True)
class Receiver:
    answering: Answering = field(default_factory=lambda: answer(204))
    got: list[Got] = field(default_factory=list)
    server: Any = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(path=request.path_qs, body=await request.read(), headers=headers))
        return await self.answering(request)

    @property
    def port(self) -> int:
        return int(self.server.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=b"

    async def wait(self, number: int, seconds: float = 60.0) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(seconds):
            while len(self.got) < number:  # noqa: ASYNC110 - requests tell nobody
                await asyncio.sleep(0.01)


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.take)
    async with TestServer(app, host="127.0.0.1") as receiver.server:
        yield receiver
