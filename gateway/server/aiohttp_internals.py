"""What we use of aiohttp 3.14.5's server that is not public.

- `RequestHandler._waiter`: what a connection without a request under way waits for. The bytes that arrive meanwhile are
  the head of a request, for which the library has no limit of time of its own, nor one of size in all.
- `RequestHandler._messages`, `_current_request`: the requests on a connection that await their answers.
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


def lacks_body(connection: web.RequestHandler) -> bool:
    """Whether a request is under way on a connection of which more must arrive."""
    bodies = [body for _, body in connection._messages]
    if connection._current_request is not None:
        bodies.append(connection._current_request.content)
    return not all(body.is_eof() for body in bodies)


def has_begun_to_answer(connection: web.RequestHandler) -> bool:
    """Whether a part of the answer under way has been written."""
    request = connection._current_request
    return request is not None and request.writer.output_size > 0


class Runner(web.AppRunner):
    """Runs an application on a server of our own making."""

    __slots__ = ("_remake",)

    def __init__(self, app: web.Application, remake: Callable[[web.Server], web.Server], **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._remake = remake

    @override
    async def _make_server(self) -> web.Server:
        return self._remake(await super()._make_server())
