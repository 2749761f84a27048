"""Work for an answer that takes long to make."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from aiohttp import web

from gateway.lasting import while_admitted
from gateway.server.connections import while_awaited

Result = TypeVar("Result")


async def while_wanted(request: web.Request, work: Awaitable[Result]) -> Result:
    """Await work that changes nothing for as long as somebody waits for the answer who may hear it; then cancel it.

    Raises: as while_awaited and while_admitted.
    """
    async with while_admitted(request):
        return await while_awaited(request, work)
