"""Open connections: their cap, and whether somebody still waits at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar, cast

from aiohttp import web
from typing_extensions import override

ProtocolFactory: TypeAlias = Callable[[], asyncio.BaseProtocol]
Result = TypeVar("Result")

_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nServer: graphferry\r\nRetry-After: 5\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


def is_gone(request: web.Request) -> bool:
    """Whether nobody is there any more to read the answer."""
    return request.transport is None or request.transport.is_closing()


LOOK_SECONDS: Final = 0.25
"""Between two looks whether somebody still waits."""


async def while_awaited(request: web.Request, work: Awaitable[Result]) -> Result:
    """Await work that changes nothing for as long as somebody waits for the answer; then cancel it.

    Raises: ConnectionResetError.
    """
    working = asyncio.ensure_future(work)
    try:
        while not working.done():
            await asyncio.wait([working], timeout=LOOK_SECONDS)
            if not working.done() and is_gone(request):
                raise ConnectionResetError("Nobody waits for the answer.")
        return working.result()
    finally:
        if not working.done():
            working.cancel()
            await asyncio.wait([working])


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
