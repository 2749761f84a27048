"""Whether somebody still waits at the other end of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from aiohttp import web

Result = TypeVar("Result")


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
