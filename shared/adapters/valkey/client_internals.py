"""What we use of the client redis 5.3.1 that is not public.

- `Connection._send_packed_command`: where a command is written to the socket. uvloop raises a RuntimeError there when
  the connection was reset, but the client takes another connection after errors of the class OSError alone. Without the
  override the first command after a reset fails.
"""

from __future__ import annotations

from collections.abc import Iterable

from redis.asyncio.connection import Connection
from typing_extensions import override


class ValkeyConnection(Connection):
    """Says that it was reset by an error that the client expects."""

    @override
    async def _send_packed_command(self, command: Iterable[bytes]) -> None:
        try:
            await super()._send_packed_command(command)
        except RuntimeError as error:
            raise ConnectionResetError(str(error)) from error
