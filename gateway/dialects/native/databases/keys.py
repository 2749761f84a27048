"""What a gateway remembers of its databases between requests."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from gateway.dialects.native.databases.counts import ApplicationCounts
from gateway.dialects.native.databases.silences import Silences

COUNTS = web.AppKey("COUNTS", ApplicationCounts)
SILENCES = web.AppKey("SILENCES", Silences)


async def keep_counts(app: web.Application) -> AsyncIterator[None]:
    """Remember counts and silences for as long as the gateway runs; nothing is counted after that."""
    app[SILENCES], app[COUNTS] = Silences(), ApplicationCounts()
    async with app[COUNTS].open():
        yield
