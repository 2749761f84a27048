"""The cap on open connections, and whether anybody is left at the other end of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, TypeVar, cast

from aiohttp import web
from typing_extensions import override

_Result = TypeVar("_Result")

ProtocolFactory: TypeAlias = Callable[[], asyncio.BaseProtocol]

_LOOK_SECONDS = 0.5
"""Between two looks whether a caller is still there."""

_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nServer: graphferry\r\nRetry-After: 5\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


def is_gone(request: web.Request) -> bool:
    """Whether nobody is there any more to read the answer."""
    return request.transport is None or request.transport.is_closing()


async def while_awaited(request: web.Request, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Return what comes of work that changes nothing; it ends when its caller leaves.

    Raises: ConnectionResetError then; what the work raises.
    """
    task = asyncio.create_task(work)
    try:
        while not task.done():
            if is_gone(request):
                raise ConnectionResetError("nobody waits for the answer any more")
            await asyncio.wait([task], timeout=_LOOK_SECONDS)
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


_REFUSAL_SECONDS = 1.0
"""How long a refused connection may take to say anything at all."""


class Refusal(asyncio.Protocol):
    """Answers the first bytes of a connection, whatever they are, and closes it."""

    _transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        asyncio.get_running_loop().call_later(_REFUSAL_SECONDS, transport.close)

    @override
    def data_received(self, data: bytes) -> None:
        self._transport.write(_REFUSAL)
        self._transport.close()


def cap_connections(server: web.Server, limit: int) -> ProtocolFactory:
    """Return what makes the server's protocol for each new connection; above the limit it makes a refusal.

    Each connection costs a descriptor and memory, so that a flood must not take those of the requests under way.
    """

    def make() -> asyncio.BaseProtocol:
        return server() if len(server.connections) < limit else Refusal()

    return make
