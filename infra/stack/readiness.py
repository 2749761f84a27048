"""Tells when a stack is ready for work."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from infra.engines.process import EngineError
from infra.stack.supervisor import Supervisor

_LIMIT_SECONDS = 60.0
_PAUSE_SECONDS = 0.1

_TOLERATED_RESTARTS = 3
"""A process that ends more often than this while all is new will not mend by itself."""


async def wait_until_ready(gateway_url: str, rooms: Supervisor, *, workers: int) -> None:
    """Wait until the gateway is ready and sees the workers. Raises: EngineError with what was said last."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while (missing := await _ask(session, f"{gateway_url}/readyz", workers)) is not None or not rooms.are_alive():
            if time.monotonic() > deadline or rooms.restarts > _TOLERATED_RESTARTS:
                raise EngineError(f"The stack does not get ready: {missing}\n{rooms.read_logs()}")
            await asyncio.sleep(_PAUSE_SECONDS)


async def _ask(session: aiohttp.ClientSession, url: str, workers: int) -> str | None:
    """Return None when all is well, else what is not."""
    try:
        async with session.get(url) as response:
            if response.status != 200:
                return f"the gateway answers {response.status} {await response.text()}"
            told = await response.json()
            if told["status"] != "ok":
                return f"the gateway tells of its engines: {told['checks']}"
            living = told["workers"] or 0
            return None if living >= workers else f"{living} of {workers} workers live"
    except (aiohttp.ClientError, TimeoutError) as error:
        return str(error) or type(error).__name__
