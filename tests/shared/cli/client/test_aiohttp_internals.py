"""aiohttp's insides are still those that we reach into."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import aiohttp
import pytest

from shared.cli.client import aiohttp_internals
from shared.cli.client.aiohttp_internals import never_repeat

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_the_docstring_names_the_version_that_is_installed() -> None:
    assert f"aiohttp {version('aiohttp')} " in (aiohttp_internals.__doc__ or "")


@asynccontextmanager
async def open_forgetful_server(requests: list[bytes]) -> AsyncIterator[str]:
    """Answer the first request of each connection, and close at the second without an answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(ANSWER)
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_request_on_a_lost_connection_is_sent_once() -> None:
    requests: list[bytes] = []
    async with open_forgetful_server(requests) as url, aiohttp.ClientSession() as session:
        assert session._retry_connection
        never_repeat(session)
        assert (await session.delete(url)).status == 200
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.delete(url)
    assert len(requests) == 2


async def test_aiohttp_would_send_it_again() -> None:
    requests: list[bytes] = []
    async with open_forgetful_server(requests) as url, aiohttp.ClientSession() as session:
        await session.delete(url)
        assert (await session.delete(url)).status == 200
    assert len(requests) == 3
