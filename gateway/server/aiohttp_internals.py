"""What we use of aiohttp 3.14.5's server that is not public.

- `RequestHandler._waiter`: what a connection without a request under way waits for. The bytes that arrive meanwhile are
  the head of a request, for which the library has no limit of time of its own, nor one of size in all.
- `AppRunner._make_server`: the place to put a server whose connections are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web
from typing_extensions import override


def awaits_request(connection: web.RequestHandler) -> bool:
    """Whether no request is under way on a connection, and none has just arrived."""
    return connection._waiter is not None and not connection._waiter.done()


class Runner(web.AppRunner):
    """Runs an application on a server of our own making."""

    __slots__ = ("_remake",)

    def __init__(self, app: web.Application, remake: Callable[[web.Server], web.Server], **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._remake = remake

    @override
    async def _make_server(self) -> web.Server:
        return self._remake(await super()._make_server())
