"""Whether the store keeps what it has taken, however one of its servers ends.

A write is kept once the server's disk and some replicas have it. A failover that is asked for promotes a replica while
the master still takes writes, which its other replicas confirm, and forgets: so whichever replica is missing is asked
whether it is the master now.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.connection import SSLConnection
from redis.exceptions import RedisError

from shared.adapters.valkey.addresses import NOT_NOW, TLS_OPTIONS, patience, patient_for
from shared.adapters.valkey.client_internals import NotNowError

KEEPING_MS: Final = 1500
"""How long a caller waits for disk and replicas: several times a slow fsync, well inside an HTTP client's patience."""

_FOLLOWER: Final = re.compile(r"slave\d+")

_REMEMBERED_SECONDS: Final = 60.0
"""How long a replica that is missing is asked what it is: longer than a failover takes from first to last."""

_ASKING_SECONDS: Final = 0.3
"""How long a replica may take to say what it is."""

LOOK_SECONDS: Final = 0.2
"""Between two looks for the next master."""

_DEPOSED: Final = "another server has become the master"

_TELL: Final = ("INFO", "replication")
"""Asks a server whether it is a master, of which history, and who follows it."""

_LOGIN: Final = ("username", "password")

Command: TypeAlias = tuple[str | int, ...]
Address: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of commands that write."""

    answers: Sequence[Any]
    """Exceptions among them."""
    kept: bool | None
    """None where nobody says: no file, or a server too old, and no replicas."""
    is_forgotten: bool = False
    """Whether another server is the master, so that what this one takes will be forgotten."""


class Keepers:
    """Who must have a write before it counts as kept: the server's own disk, where it keeps a file, and replicas.

    One for all clients of a process: each answer tells who follows the server.
    """

    def __init__(self, *, replicas: int = 0) -> None:
        """`replicas`: how many of them at least; all that follow the server are waited for."""
        self.replicas = replicas
        self._following: int | None = None
        """How many the server named last; None: it may be another server now, with others who follow it."""
        self._followers: dict[Address, _Follower] = {}

    async def write(self, client: Redis, *commands: Command) -> Written:
        """Send commands, the last of which writes, and what waits for them, on one connection.

        A server that takes nothing now may have a successor, with other replicas: they are asked for anew each time.
        Raises: RedisError where replicas cannot be waited for.
        """
        end = time.monotonic() + patience()
        while True:
            try:
                with patient_for(0):
                    return await self._write(client, commands)
            except NOT_NOW:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(LOOK_SECONDS)

    async def _write(self, client: Redis, commands: Sequence[Command]) -> Written:
        try:
            waits = await self._choose_waits(client)
            async with client.pipeline(transaction=False) as pipeline:
                for command in (*commands, *waits):
                    pipeline.execute_command(*command)
                answers = await pipeline.execute(raise_on_error=False)
            kept = self._judge(answers[len(commands) :])
        except RedisError:
            self._following = None
            raise
        written = Written(answers=answers[: len(commands)], kept=kept)
        if not self.replicas:
            return written
        return replace(written, is_forgotten=await self._is_deposed(client, answers[-1]))

    async def write_until_kept(self, client: Redis, write: Callable[[], Awaitable[Written]]) -> Written:
        """Write; again while replicas are late after a failover, or another server is the master.

        All of it has one time, the caller's patience. Gives the first answers of the server that keeps them, and
        whether it does. Raises: NotNowError.
        """
        first, end = None, time.monotonic() + patience()
        while True:
            with patient_for(end - time.monotonic()):
                written = await write()
            is_over = time.monotonic() > end
            if written.is_forgotten:
                first = None
                if is_over:
                    raise NotNowError(_DEPOSED)
                await self._leave_server(client)
                continue
            first = first or written
            if written.kept is not False or not self.replicas or is_over:
                return replace(first, kept=written.kept)
            await asyncio.sleep(LOOK_SECONDS)

    async def _leave_server(self, client: Redis) -> None:
        """Have the next command ask anew, after a while, which server is the master."""
        self._following = None
        await client.connection_pool.disconnect(inuse_connections=False)
        await asyncio.sleep(LOOK_SECONDS)

    async def aclose(self) -> None:
        """Close the connections to replicas."""
        for each in self._followers.values():
            await each.aclose()

    async def _choose_waits(self, client: Redis) -> Sequence[Command]:
        """Servers wait for what the very connection wrote, and with it for all that was written before.

        A server that may be another one than before is asked first: waiting for those who followed the one before would
        be in vain, and so would writing to one that was left. Raises: NotNowError where it was.
        """
        disk = ("WAITAOF", 1, 0, KEEPING_MS)
        if not self.replicas:
            return [disk]
        if self._following is None and await self._is_deposed(client, await client.info("replication")):
            await client.connection_pool.disconnect(inuse_connections=False)
            raise NotNowError(_DEPOSED)
        return [disk, ("WAIT", max(self.replicas, self._following or 0), KEEPING_MS), _TELL]

    def _judge(self, answers: Sequence[Any]) -> bool | None:
        synced, *received = answers
        by_disk = None if isinstance(synced, Exception) else synced[0] >= 1
        if not received:
            return by_disk
        for each in received:
            if isinstance(each, Exception):
                raise each
        return by_disk is not False and received[0] >= self.replicas

    async def _is_deposed(self, client: Redis, told: Mapping[str, Any]) -> bool:
        """Whether one of the server's replicas has become a master."""
        following, now = _read_following(told), time.monotonic()
        self._following = len(following)
        for each in following:
            self._followers.setdefault(each, _Follower(each, client.connection_pool)).seen = now
        for each, follower in list(self._followers.items()):
            if now - follower.seen >= _REMEMBERED_SECONDS:
                await self._followers.pop(each).aclose()
        missing = [follower for each, follower in self._followers.items() if each not in following]
        return any(await asyncio.gather(*(each.is_rival(told["master_replid"]) for each in missing)))


class _Follower:
    """A replica, reached as its master is."""

    def __init__(self, address: Address, pool: ConnectionPool) -> None:
        self.seen = 0.0
        """When its master named it last."""
        host, port = address
        options = {
            name: value for name, value in pool.connection_kwargs.items() if name in _LOGIN or name in TLS_OPTIONS
        }
        self._client = Redis(host=host, port=port, ssl=issubclass(pool.connection_class, SSLConnection), **options)

    async def is_rival(self, history: str) -> bool:
        """Ask whether it is a master that goes on from a history of another's.

        False where it does not answer: it may have ended. One that has just been started again is a master, too, for a
        while, but goes on from nobody.
        """
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(_ASKING_SECONDS):
                told = await self._client.info("replication")
                return bool(told["role"] == "master" and told["master_replid2"] == history)
        return False

    async def aclose(self) -> None:
        """Close the connection, if there is any."""
        await self._client.aclose()


@asynccontextmanager
async def open_keepers(*, replicas: int) -> AsyncIterator[Keepers]:
    """Open them for one process; nothing is asked before the first write."""
    keepers = Keepers(replicas=replicas)
    try:
        yield keepers
    finally:
        await keepers.aclose()


def _read_following(told: Mapping[str, Any]) -> frozenset[Address]:
    named = [value for name, value in told.items() if _FOLLOWER.fullmatch(name)]
    return frozenset((str(each["ip"]), int(each["port"])) for each in named)
