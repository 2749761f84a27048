"""Reads the rest of a request's body before a refusal is sent."""

from __future__ import annotations

import asyncio

from aiohttp import web

IDLE_SECONDS = 10.0
"""How long a body that nobody needs may stand still."""

LONGEST_SECONDS = 600.0
"""How long all of it may take."""

DRAIN_FACTOR = 4
"""How many times the allowed size is still read and dropped; whoever sends more sees the connection close."""


async def drain(request: web.Request, allowed: int) -> None:
    """Read and drop the rest of a body, so that a client which sends all of it first can read the answer."""
    left = allowed * DRAIN_FACTOR
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            while left > 0 and not request.content.at_eof():
                async with asyncio.timeout(IDLE_SECONDS):
                    left -= len(await request.content.readany())
    except (TimeoutError, web.RequestPayloadError, ConnectionError):
        return  # it will not come: the answer is sent all the same
