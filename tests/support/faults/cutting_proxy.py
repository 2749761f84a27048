"""A TCP proxy that cuts connections at a byte of choice within a request or its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from infra.engines.ports import LOOPBACK

PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where the next request that begins so ends."""

    request: str
    """Such as `POST /api/v1/imports`."""
    sent: int | None = None
    """Bytes of the request that still reach the server; None: all."""
    answered: int = 0
    """Bytes of the answer that still reach the client."""
    is_silent: bool = False
    """Whether the server is left to believe that the client is there."""


@dataclass(slots=True, kw_only=True)
class CuttingProxy:
    """Passes connections on to a server of this machine."""

    target: int
    port: int = 0
    cuts: list[Cut] = field(default_factory=list)
    """Each cuts one request; those that are left have not."""
    slow: bool = False
    """Whether each piece of an answer takes a twentieth of a second longer."""
    requests: list[str] = field(default_factory=list)
    """Their first lines."""
    _serving: set[asyncio.Task[Any]] = field(default_factory=set)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on until it ends, or is cut."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            server_reader, server_writer = await asyncio.open_connection(LOOPBACK, self.target)
            link = _Link(proxy=self)
            await _first_of(
                link.send_request(reader, server_writer), link.send_answer(server_reader, writer), self._until_end()
            )
            if link.is_silent:
                writer.transport.abort()
                await self._until_end()
            server_writer.transport.abort()
        except OSError:
            pass
        finally:
            writer.transport.abort()
            self._serving.discard(task)

    async def _until_end(self) -> None:
        await self._ending.wait()

    async def end(self) -> None:
        """Cut what is still open."""
        self._ending.set()
        while self._serving:
            await asyncio.wait(self._serving)
        await asyncio.sleep(0.05)  # transports that were told to close do so


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Do all until one of them has ended."""
    tasks = [asyncio.ensure_future(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@dataclass(slots=True, kw_only=True)
class _Link:
    proxy: CuttingProxy
    to_send: int | None = None
    to_answer: int | None = None
    is_silent: bool = False

    async def send_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                self._look(piece)
                if self.to_send is not None and len(piece) >= self.to_send:
                    writer.write(piece[: self.to_send])
                    await writer.drain()
                    await asyncio.sleep(0.05)  # so that they arrive before the end does
                    return
                if self.to_send is not None:
                    self.to_send -= len(piece)
                writer.write(piece)
                await writer.drain()

    async def send_answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                await asyncio.sleep(0.05 if self.proxy.slow else 0)
                if self.to_answer is not None and len(piece) > self.to_answer:
                    writer.write(piece[: self.to_answer])
                    await writer.drain()
                    return
                if self.to_answer is not None:
                    self.to_answer -= len(piece)
                writer.write(piece)
                await writer.drain()

    def _look(self, piece: bytes) -> None:
        """Note a request that begins here, and find the cut that it meets."""
        first = piece.partition(b"\r\n")[0].decode(errors="replace")
        if not first.endswith("HTTP/1.1"):
            return
        self.proxy.requests.append(first)
        for cut in self.proxy.cuts:
            if first.startswith(cut.request):
                self.proxy.cuts.remove(cut)
                self.to_send, self.to_answer = cut.sent, None if cut.sent is not None else cut.answered
                self.is_silent = cut.is_silent
                return


@asynccontextmanager
async def open_cutting_proxy(target: int) -> AsyncIterator[CuttingProxy]:
    """Stand before the server at this port of this machine."""
    proxy = CuttingProxy(target=target)
    server = await asyncio.start_server(proxy.serve, LOOPBACK, 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()
