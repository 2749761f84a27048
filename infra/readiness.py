"""Tells when a stack is ready for work."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from infra.engines.process import EngineError
from infra.supervisor import Supervisor

_LIMIT_SECONDS = 60.0
_PAUSE_SECONDS = 0.1


async def wait_until_ready(gateway_url: str, rooms: Supervisor) -> None:
    """Wait until the gateway is ready, its workers running. Raises: EngineError with what was said last."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        while (said := await _ask(session, f"{gateway_url}/readyz")) is not None or not rooms.are_alive():
            if time.monotonic() > deadline:
                raise EngineError(f"The stack was not ready within {_LIMIT_SECONDS:.0f} s: {said}\n{rooms.read_logs()}")
            await asyncio.sleep(_PAUSE_SECONDS)


async def _ask(session: aiohttp.ClientSession, url: str) -> str | None:
    """Return None when all is well, else what is not."""
    try:
        async with session.get(url) as response:
            return None if response.status == 200 else f"{response.status} {await response.text()}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return str(error) or type(error).__name__
