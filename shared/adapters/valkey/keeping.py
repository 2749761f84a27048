"""Whether the store keeps what it has taken, however one of its servers ends.

A write is kept once the server's disk and some replicas have it. A failover that is asked for promotes a replica while
the master still takes writes, which its other replicas confirm, and forgets: so whichever replica is missing is asked
whether it is the master now.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.connection import SSLConnection
from redis.exceptions import RedisError

KEEPING_MS: Final = 1500
"""How long a caller waits for disk and replicas: several times a slow fsync, well inside an HTTP client's patience."""

_FOLLOWER: Final = re.compile(r"slave\d+")

_REMEMBERED_SECONDS: Final = 60.0
"""How long a replica that is missing is asked what it is: longer than a failover takes from first to last."""

_ASKING_SECONDS: Final = 0.3
"""How long a replica may take to say what it is."""

_TELL: Final = ("INFO", "replication")
"""Asks a server whether it is a master, of which history, and who follows it."""

_LOGIN: Final = ("username", "password", "ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_keyfile")

Command: TypeAlias = tuple[str | int, ...]
Address: TypeAlias = tuple[str, int]


class Keepers:
    """Who must have a write before it counts as kept: the server's own disk, where it keeps a file, and replicas."""

    def __init__(self, *, replicas: int = 0) -> None:
        """`replicas`: how many of them at least; all that follow the server are waited for."""
        self.replicas = replicas
        self._following = 0
        """How many the server named last."""
        self._seen: dict[Address, float] = {}
        """When each replica was named last."""

    @property
    def commands(self) -> Sequence[Command]:
        """What waits for them, sent behind a write on the same connection: servers wait for what that one wrote."""
        disk = ("WAITAOF", 1, 0, KEEPING_MS)
        if not self.replicas:
            return [disk]
        return [disk, ("WAIT", max(self.replicas, self._following), KEEPING_MS), _TELL]

    def judge(self, answers: Sequence[Any]) -> bool | None:
        """Return whether the write is kept; None where nobody says: no file, or a server too old, and no replicas.

        Raises: RedisError where replicas cannot be waited for.
        """
        synced, *received = answers
        by_disk = None if isinstance(synced, Exception) else synced[0] >= 1
        if not received:
            return by_disk
        for each in received:
            if isinstance(each, Exception):
                raise each
        return by_disk is not False and received[0] >= self.replicas

    async def is_deposed(self, client: Redis, answers: Sequence[Any]) -> bool:
        """Whether one of the server's replicas has become a master: what the server takes now will be forgotten."""
        if not self.replicas:
            return False
        *_, told = answers
        following, now = _read_following(told), time.monotonic()
        self._following = len(following)
        self._seen |= dict.fromkeys(following, now)
        self._seen = {each: seen for each, seen in self._seen.items() if now - seen < _REMEMBERED_SECONDS}
        missing = self._seen.keys() - following
        return any(await asyncio.gather(*(_is_rival(client, each, told["master_replid"]) for each in missing)))


def _read_following(told: Mapping[str, Any]) -> frozenset[Address]:
    named = [value for name, value in told.items() if _FOLLOWER.fullmatch(name)]
    return frozenset((str(each["ip"]), int(each["port"])) for each in named)


async def _is_rival(client: Redis, address: Address, history: str) -> bool:
    """Ask a server, reached as the client's own is, whether it is a master that goes on from a history of another's.

    False where it does not answer: it may have ended. One that has just been started again is a master, too, for a
    while, but goes on from nobody.
    """
    pool = client.connection_pool
    options = {name: pool.connection_kwargs[name] for name in _LOGIN if name in pool.connection_kwargs}
    asked = Redis(host=address[0], port=address[1], ssl=issubclass(pool.connection_class, SSLConnection), **options)
    async with asked:
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(_ASKING_SECONDS):
                told = await asked.info("replication")
                return bool(told["role"] == "master" and told["master_replid2"] == history)
    return False
