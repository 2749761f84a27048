"""Starts the gateway as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import structlog
import uvloop
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.app import create_app
from gateway.connections import cap_connections
from shared.errors import GraphferryError
from shared.logs import configure_logging
from shared.resources import open_resources
from shared.settings import PREFIX, Settings, SettingsError

KEEP_ALIVE_SECONDS = 75.0
"""Above the 60 seconds of common load balancers, so that they close idle connections, not we; also the time that a
request's head may take."""

SHUTDOWN_SECONDS = 10.0
"""How long requests under way may still take at a stop."""

BACKLOG = 1024
"""Connections that may wait to be accepted."""


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises: OSError where the address is not free, GraphferryError."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    runner = web.AppRunner(
        create_app(settings, open_resources(settings)),
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )
    try:
        await runner.setup()
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


def _tells_of_more_than_a_caller(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def main() -> int:
    """Read the environment, serve, and return the exit code."""
    try:
        settings = Settings.from_environ(os.environ)
        configure_logging(settings.log_level, sys.stderr)
        # What is no HTTP at all is answered 400 by the library, which would log a traceback for each.
        logging.getLogger("aiohttp.server").addFilter(_tells_of_more_than_a_caller)
        uvloop.run(serve(settings))
    except SettingsError as error:
        return _fail(f"the settings are wrong: {error}", code=2)
    except GraphferryError as error:
        return _fail(error.message, code=5)
    except OSError as error:
        return _fail(f"{error.strerror or error}; choose other ports by {PREFIX}PORT, {PREFIX}METRICS_PORT.", code=1)
    return 0


def _fail(message: str, *, code: int) -> int:
    sys.stderr.write(f"graphferry gateway: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
