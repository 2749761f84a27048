"""What takes traces and keeps nothing of them but their bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True)
class Collector:
    """Where spans go, and how many bytes of them have come."""

    url: str = ""
    bytes: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Answer as collectors do."""
        self.bytes += len(await request.read())
        return web.Response()


@asynccontextmanager
async def open_collector() -> AsyncIterator[Collector]:
    """Serve on a port of its own of the loopback."""
    collector, application = Collector(), web.Application()
    application.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _, port = runner.addresses[0]
        collector.url = f"http://127.0.0.1:{port}"
        yield collector
    finally:
        await runner.cleanup()
