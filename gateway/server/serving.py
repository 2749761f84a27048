"""Serves the application until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal

import structlog
from aiohttp import web

from gateway.server.aiohttp_internals import Runner
from gateway.server.guard import GUARD
from gateway.server.guarded import GuardedServer
from gateway.server.refusing import FIELD_BYTES, LINE_BYTES, MOST_FIELDS
from shared.service_manager import tell_ready, tell_stopping
from shared.settings.process import Settings

KEEP_ALIVE_SECONDS = 75.0
"""Above the 60 seconds of common load balancers, so that they close idle connections, not we."""

SHUTDOWN_SECONDS = 10.0
"""How long requests under way may still take at a stop."""

LINGER_SECONDS = 10.0
"""How long the rest of a refused body is read and dropped after the answer, so that its caller comes to read that."""

WIND_DOWN_SECONDS = 1.0
"""How long connections stay open at a stop: a proxy may be sending a request that it sends once."""

STOP_SECONDS = 15
"""What a stop takes at most."""

_LOOKS = 50

BACKLOG = 1024
"""Connections that may wait to be accepted."""


def make_runner(app: web.Application, *, linger_seconds: float = LINGER_SECONDS) -> web.AppRunner:
    """Return what serves the application.

    A caller who leaves does not interrupt an endpoint (a submission is accepted or refused as a whole); bodies are not
    decompressed, because limits count what arrives.
    """
    handling = {
        "access_log": None,
        "auto_decompress": False,
        "keepalive_timeout": KEEP_ALIVE_SECONDS,
        "lingering_time": linger_seconds,
        "max_line_size": LINE_BYTES,
        "max_field_size": FIELD_BYTES,
        "max_headers": MOST_FIELDS,
    }
    return Runner(
        app,
        lambda plain: GuardedServer(plain, app[GUARD], handling),
        handler_cancellation=False,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )


async def serve(app: web.Application, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises: OSError where an address is not free, and what starting the app raises."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    runner = make_runner(app)
    try:
        await runner.setup()
        gc.freeze()  # what is here stays: to look through it for garbage would hold up every request for 40 ms
        listening = await _listen(runner, settings)
        structlog.get_logger(__name__).info("gateway serves", host=settings.host, port=settings.port)
        tell_ready()
        await stopped.wait()
        tell_stopping(seconds=STOP_SECONDS)
        listening.close()
        await wind_down(runner)
    finally:
        await runner.cleanup()


async def wind_down(runner: web.AppRunner) -> None:
    """Let each connection end with an answer that says so, as far as requests still come.

    One that is answered now may have been told before that it goes on.
    """
    runner.app[GUARD].ending.set()
    for _ in range(_LOOKS):
        if runner.server is None or not runner.server.connections:
            return
        await asyncio.sleep(WIND_DOWN_SECONDS / _LOOKS)


async def _listen(runner: web.AppRunner, settings: Settings) -> asyncio.Server:
    if runner.server is None:
        raise RuntimeError("the runner is not set up")
    loop = asyncio.get_running_loop()
    return await loop.create_server(runner.server, settings.host, settings.port, backlog=BACKLOG)
