"""What we use of the client redis 5.3.1 that is not public.

- `Connection._send_packed_command`: where a command is written to the socket. uvloop raises a RuntimeError there when
  the connection was reset, but the client takes another connection after errors of the class OSError alone. Without the
  override the first command after a reset fails.
- `Connection.disconnect` waits for the socket to close, and forgets it only then. When sentinels name another master, a
  pool closes its idle connections; one that is taken meanwhile connects anew, and then loses the new socket: the
  command on its way ended with an AttributeError. Ours waits for nothing, so nobody finds a connection half closed.
- `AbstractConnection.connect`: a closed pool gives connections all the same, and a task whose command the closing broke
  off connects to repeat it: nobody would close that connection. Ours connects no more once its client is closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection
from redis.exceptions import BusyLoadingError, MasterDownError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from typing_extensions import override

_NOT_NOW: Final = ("NOREPLICAS", "MOVED ", "ASK ", "TRYAGAIN", "CLUSTERDOWN")
"""Beginnings of errors: too few replicas; or a server of a cluster that does not have, or not wholly, what is asked."""


class NotNowError(RedisConnectionError):
    """The server does nothing of the kind now: it is a replica, loads its data, lacks replicas, or another one of its
    cluster has the keys. Nothing was done.
    """


class ClosedError(RedisError):
    """The client was closed; nothing is sent any more. Not among the errors after which a command is repeated."""


@dataclass(slots=True)
class ClientLife:
    """What the connections of a client know of it."""

    has_ended: bool = False


def _is_not_now(error: Exception) -> bool:
    return isinstance(error, ReadOnlyError | BusyLoadingError | MasterDownError) or str(error).startswith(_NOT_NOW)


class _FollowingConnection(AbstractConnection):
    """Is dropped where its server was reset or demoted, by an error that the client expects: it then connects anew, as
    long as the client is open.
    """

    def __init__(self, *, life: ClientLife | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._life = life or ClientLife()

    @override
    async def connect(self) -> None:
        if not self._life.has_ended:
            await super().connect()  # type: ignore[no-untyped-call]
        if self._life.has_ended:  # perhaps meanwhile
            await self.disconnect()
            raise ClosedError("The client of the job store (Valkey) is closed.")

    @override
    async def _send_packed_command(self, command: Iterable[bytes]) -> None:
        try:
            await super()._send_packed_command(command)
        except RuntimeError as error:
            raise ConnectionResetError(str(error)) from error

    @override
    async def disconnect(self, nowait: bool = True) -> None:
        await super().disconnect(nowait=True)

    @override
    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)
        except (BusyLoadingError, ResponseError) as error:
            if not _is_not_now(error):
                raise
            await self.disconnect()
            raise NotNowError(str(error)) from error


class ValkeyConnection(_FollowingConnection, Connection):
    """To a host and port."""


class ValkeyTlsConnection(_FollowingConnection, SSLConnection):
    """To a host and port, by TLS."""


class ValkeySocketConnection(_FollowingConnection, UnixDomainSocketConnection):
    """To a socket's path."""


class MasterConnection(_FollowingConnection, SentinelManagedConnection):
    """To the server that sentinels name."""


class MasterTlsConnection(_FollowingConnection, SentinelManagedSSLConnection):
    """To the server that sentinels name, by TLS."""
