"""aiohttp's insides are still those that we reach into."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from aiohttp import web
from typing_extensions import override

from gateway.server import aiohttp_internals
from gateway.server.aiohttp_internals import Runner, awaits_request

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


def test_the_docstring_names_the_version_that_is_installed() -> None:
    assert f"aiohttp {version('aiohttp')}'s " in (aiohttp_internals.__doc__ or "")


class Quiet(asyncio.Transport):
    """Takes what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    @override
    def is_closing(self) -> bool:
        return False

    @override
    def close(self) -> None:
        """Nothing is open."""


async def test_a_connection_awaits_a_request_until_its_head_is_whole_and_after_the_answer() -> None:
    going_on = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.Response:
        del request
        await going_on.wait()
        return web.Response()

    connection, transport = web.Server(answer)(), Quiet()
    connection.connection_made(transport)
    await asyncio.sleep(0)
    seen = [awaits_request(connection)]
    for piece in (HEAD, b"\r\n"):
        connection.data_received(piece)
        seen.append(awaits_request(connection))
    going_on.set()
    async with asyncio.timeout(20):
        while not transport.written:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert [*seen, awaits_request(connection)] == [True, True, False, True]
    connection.force_close()


async def test_the_runner_serves_with_the_server_that_is_made() -> None:
    made: list[web.Server] = []

    def remake(plain: web.Server) -> web.Server:
        made.append(web.Server(plain.request_handler))
        return made[0]

    runner = Runner(web.Application(), remake)
    await runner.setup()
    assert runner.server is made[0]
    await runner.cleanup()
