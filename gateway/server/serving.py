"""Serves the application until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.server.connections import cap_connections
from shared.settings import Settings

KEEP_ALIVE_SECONDS = 75.0
"""Above the 60 seconds of common load balancers, so that they close idle connections, not we; also the time that a
request's head may take."""

SHUTDOWN_SECONDS = 10.0
"""How long requests under way may still take at a stop."""

BACKLOG = 1024
"""Connections that may wait to be accepted."""


def make_runner(app: web.Application) -> web.AppRunner:
    """Return what serves the application.

    A caller who leaves does not interrupt an endpoint (a submission is accepted or refused as a whole); bodies are not
    decompressed, because limits count what arrives.
    """
    return web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        handler_cancellation=False,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
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
        await stopped.wait()
        listening.close()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> asyncio.Server:
    if runner.server is None:
        raise RuntimeError("the runner is not set up")
    factory = cap_connections(runner.server, settings.max_connections)
    return await asyncio.get_running_loop().create_server(factory, settings.host, settings.port, backlog=BACKLOG)


def quieten_malformed_requests() -> None:
    """Keep what is no HTTP at all out of the log: the library answers it 400, and would log a traceback for each."""
    logging.getLogger("aiohttp.server").addFilter(_tells_of_more_than_a_caller)


def _tells_of_more_than_a_caller(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
