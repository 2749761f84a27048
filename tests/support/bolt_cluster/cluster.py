"""Three members of a cluster, played by proxies before one server."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from infra.engines.ports import LOOPBACK
from tests.support.bolt_cluster.members import Link, Refusal, Standing
from tests.support.bolt_cluster.wire import pass_handshake

MEMBERS = 3
STOP_SECONDS = 10
LONGEST_PIECE = 2**22

Result = TypeVar("Result")


@dataclass(slots=True, kw_only=True)
class BoltCluster:
    """The members, and what may be done to them."""

    target: int
    standing: Standing = field(default_factory=Standing)
    switches: int = 0
    _writers: dict[int, set[asyncio.StreamWriter]] = field(
        default_factory=lambda: {member: set() for member in range(MEMBERS)}
    )
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def address(self) -> str:
        """Where the driver learns of all members."""
        return f"neo4j://{self.standing.addresses[0]}"

    def switch(self, *, refusal: Refusal | None, seconds: float) -> None:
        """Have another leader after an election: the old one refuses what still comes, or its connections break."""
        standing, old = self.standing, self.standing.leader or 0
        standing.refusal = refusal or Refusal.NOT_A_LEADER
        standing.leader = None
        if refusal is None:
            self.cut(old)
        time.sleep(seconds)
        standing.leader = (old + 1) % MEMBERS
        self.switches += 1

    def cut(self, member: int) -> None:
        """Break all connections to a member."""
        self._run(self._abort(member))

    @contextmanager
    def lagging(self) -> Iterator[None]:
        """Have all that do not lead stay where they are."""
        standing = self.standing
        standing.reached = frozenset(standing.issued)
        standing.lagging = set(range(MEMBERS)) - {standing.leader or 0}
        try:
            yield
        finally:
            standing.lagging = set()

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STOP_SECONDS)

    async def _abort(self, member: int) -> None:
        for writer in list(self._writers[member]):
            writer.transport.abort()

    async def _listen(self, tls: ssl.SSLContext | None) -> list[asyncio.Server]:
        servers = [
            await asyncio.start_server(partial(self._serve, member), LOOPBACK, 0, ssl=tls, limit=LONGEST_PIECE)
            for member in range(MEMBERS)
        ]
        self.standing.addresses = [f"{LOOPBACK}:{each.sockets[0].getsockname()[1]}" for each in servers]
        return servers

    async def _serve(self, member: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(LOOPBACK, self.target, limit=LONGEST_PIECE)
        except OSError:
            writer.transport.abort()
            return
        link, client = Link(member=member, standing=self.standing), (reader, writer)
        writers = self._writers[member]
        writers |= {writer, server[1]}
        passing: list[asyncio.Future[None]] = []
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await pass_handshake(client, server)
                passing += map(asyncio.ensure_future, (link.send(client, server), link.answer(client, server)))
                await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in passing:
                each.cancel()
            writers -= {writer, server[1]}
            for each_writer in (writer, server[1]):
                each_writer.close()

    async def _end(self, servers: list[asyncio.Server]) -> None:
        for server in servers:
            server.close()
        for member in range(MEMBERS):
            await self._abort(member)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for each in left:
            each.cancel()
        if left:
            await asyncio.wait(left)
        await asyncio.sleep(0.05)  # transports that were told to close do so


@contextmanager
def open_bolt_cluster(target: int, *, tls: ssl.SSLContext | None = None) -> Iterator[BoltCluster]:
    """Stand before the server at this port of this machine, by TLS where clients are to come so."""
    cluster = BoltCluster(target=target)
    thread = threading.Thread(target=cluster._loop.run_forever, daemon=True)
    thread.start()
    servers = cluster._run(cluster._listen(tls))
    try:
        yield cluster
    finally:
        cluster._run(cluster._end(servers))
        cluster._loop.call_soon_threadsafe(cluster._loop.stop)
        thread.join(STOP_SECONDS)
        cluster._loop.close()
