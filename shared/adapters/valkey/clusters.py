"""Connections to the server of a cluster that owns the keys of one installation.

All of them are in one slot, by the text in braces that they begin with. Any node tells which server owns that; a server
that owns it no more says so, and whoever asked it finds out anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.connection import Connection
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from typing_extensions import override

from shared.adapters.valkey.client_internals import NotNowError, ValkeyConnection, ValkeyTlsConnection

Address: TypeAlias = tuple[str, int]

_ASKING_SECONDS: Final = 1.0
"""The next node is asked after this."""


class OwnerFinder:
    """Asks nodes of a cluster for the server that owns a slot."""

    def __init__(self, nodes: Sequence[Address], *, tag: str, options: dict[str, Any]) -> None:
        """`tag`: what keys have in braces. `options`: how nodes are reached."""
        self._slot = key_slot(f"{{{tag}}}".encode())
        times = {"socket_timeout": _ASKING_SECONDS, "socket_connect_timeout": _ASKING_SECONDS}
        options = {**options, **times, "decode_responses": True}
        self._nodes = [(host, Redis(host=host, port=port, **options)) for host, port in nodes]

    async def find(self) -> Address:
        """Ask one node after another, beginning with the next one each time. Raises: NotNowError."""
        self._nodes = [*self._nodes[1:], self._nodes[0]]
        told: list[str] = []
        for host, node in self._nodes:
            try:
                owner = _read_owner(await _ask(node), self._slot, host)
            except (RedisError, OSError, TimeoutError) as error:
                told.append(f"{host}: {type(error).__name__}: {error}")
                continue
            if owner is not None:
                return owner
            told.append(f"{host}: nobody owns slot {self._slot}")
        raise NotNowError(f"no node of the cluster knows who has the keys ({'; '.join(told)})")

    async def aclose(self) -> None:
        """Close the connections to nodes."""
        for _, node in self._nodes:
            with suppress(RedisError, OSError):
                await node.aclose()


async def _ask(node: Redis) -> Any:
    return await node.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]


def _read_owner(ranges: Any, slot: int, asked: str) -> Address | None:
    """Read what CLUSTER SLOTS answers; a server that does not know its own host is the one that was asked."""
    for first, last, owner, *_ in ranges:
        if first <= slot <= last:
            return owner[0] or asked, owner[1]
    return None


class _OwnerConnection(Connection):
    """Leads to whichever server owns the slot when it is opened."""

    def __init__(self, *, owner: OwnerFinder, **options: Any) -> None:
        super().__init__(**options)
        self._owner = owner

    @override
    async def connect(self) -> None:
        await self.retry.call_with_retry(self._connect_to_owner, lambda _: asyncio.sleep(0))

    async def _connect_to_owner(self) -> None:
        if self.is_connected:
            return
        self.host, self.port = await self._owner.find()
        try:
            await super().connect()  # type: ignore[no-untyped-call]
        except RedisConnectionError as error:  # it has died, and another one will own the slot soon: nothing was done
            raise NotNowError(str(error)) from error


class ClusterConnection(_OwnerConnection, ValkeyConnection):
    """To the owner of the keys."""


class ClusterTlsConnection(_OwnerConnection, ValkeyTlsConnection):
    """To the owner of the keys, by TLS."""
