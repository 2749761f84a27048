"""A TCP proxy that loses, delays and cuts what passes through it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from infra.engines.ports import LOOPBACK
from tests.support.faults.bolt_wire import CommitWatch

PIECE_BYTES = 64 * 1024
STOP_SECONDS = 10

Result = TypeVar("Result")

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that turns a close into a reset."""


class Flow(StrEnum):
    """What becomes of the bytes."""

    OPEN = "open"
    HOLE = "hole"
    """They stay away until the flow changes, then they come, as TCP sends again what was lost."""
    TRICKLE = "trickle"
    """One byte a second."""
    SLOW = "slow"
    """Each piece takes a fifth of a second longer."""


@dataclass(slots=True, kw_only=True)
class Proxy:
    """Passes connections on to a server of this machine; its attributes may be changed at any time."""

    target: int
    is_bolt: bool
    port: int = 0
    flow: Flow = Flow.OPEN
    answers_to_lose: int = 0
    """So many times still, the connection is reset when the server has answered a commit, before the client knows."""
    lost: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def reset(self) -> None:
        """Reset every connection that is open."""
        self._run(self._abort_all())

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do something in the proxy's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STOP_SECONDS)

    async def _abort_all(self) -> None:
        for writer in list(self._writers):
            _abort(writer)

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        await self._abort_all()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for each in left:
            each.cancel()
        if left:
            await asyncio.wait(left)
        await asyncio.sleep(0.05)  # transports that were told to close do so

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            _abort(writer)
            return
        link = _Link(proxy=self, client=writer, server=server_writer)
        self._writers |= {writer, server_writer}
        passing = [
            asyncio.ensure_future(link.send(reader, server_writer, link.watch_request)),
            asyncio.ensure_future(link.send(server_reader, writer, link.watch_answer)),
        ]
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in passing:
                each.cancel()
            self._writers -= {writer, server_writer}
            for each_writer in (writer, server_writer):
                each_writer.close()


@dataclass(slots=True, kw_only=True)
class _Link:
    """One connection through the proxy."""

    proxy: Proxy
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    commits: CommitWatch = field(default_factory=CommitWatch)

    async def send(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, watch: Callable[[bytes], bool]
    ) -> None:
        """Pass one direction on until it ends."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while piece := await reader.read(PIECE_BYTES):
                if not watch(piece):
                    return
                await self._pass_on(piece, writer)

    async def _pass_on(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        match self.proxy.flow:
            case Flow.HOLE:
                while self.proxy.flow is Flow.HOLE:  # noqa: ASYNC110 - another thread changes it
                    await asyncio.sleep(0.05)
                writer.write(piece)
            case Flow.TRICKLE:
                await self._trickle(piece, writer)
            case Flow.SLOW:
                await asyncio.sleep(0.2)
                writer.write(piece)
            case Flow.OPEN:
                writer.write(piece)
        await writer.drain()

    async def _trickle(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        for at in range(len(piece)):
            if self.proxy.flow is not Flow.TRICKLE:
                writer.write(piece[at:])
                return
            writer.write(piece[at : at + 1])
            await asyncio.sleep(1.0)

    def watch_request(self, piece: bytes) -> bool:
        if self.proxy.is_bolt:
            self.commits.see_request(piece)
        return True

    def watch_answer(self, piece: bytes) -> bool:
        if self.proxy.is_bolt and self.commits.sees_commit(piece) and self.proxy.answers_to_lose > 0:
            self.proxy.answers_to_lose -= 1
            self.proxy.lost += 1
            _abort(self.client)
            _abort(self.server)
            return False
        return True


def _abort(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:  # TLS lets go of it before the writer is told
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@contextmanager
def open_proxy(target: int, *, is_bolt: bool = False, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Stand before the server at this port of this machine, by TLS where clients are to come so."""
    proxy = Proxy(target=target, is_bolt=is_bolt)
    with serving(proxy, tls=tls):
        yield proxy


@contextmanager
def serving(proxy: Proxy, *, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """Let it pass connections on inside the context, in a thread of its own."""
    thread = threading.Thread(target=proxy._loop.run_forever, daemon=True)
    thread.start()
    server = proxy._run(asyncio.start_server(proxy._serve, LOOPBACK, 0, ssl=tls))
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        proxy._run(proxy._end(server))
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(STOP_SECONDS)
        proxy._loop.close()
