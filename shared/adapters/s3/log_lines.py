"""Takes a job's log lines at once, and has them written one after the other, some together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from shared.concurrency.loops import cancel_all
from shared.errors import UnavailableError
from shared.ports.job_logs import LogName, WriteLine

AT_ONCE: Final = 100
MOST_WAITING: Final = 1000
"""Lines that wait for a store that does not take them; further ones are lost."""
_PAUSE_SECONDS: Final = 1.0
"""Before a store that did not take lines is asked again."""
CLOSE_SECONDS: Final = 5.0
"""How long the end of an attempt waits for its lines to be written."""


@asynccontextmanager
async def writing_lines(log: LogName, append: Callable[[Sequence[str]], Awaitable[None]]) -> AsyncIterator[WriteLine]:
    """Have lines written as they come; `append` raises UnavailableError, and is asked again."""
    lines = _Lines(append)
    writing = asyncio.create_task(lines.follow())
    try:
        yield lines.add
    finally:
        await cancel_all([writing])
        if lost := await lines.close():
            process_log = structlog.get_logger(__name__)
            process_log.warning("lines of a job's log are lost", tenant=log.tenant, job=log.job_id, lines=lost)


class _Lines:
    """Lines that wait to be written."""

    def __init__(self, append: Callable[[Sequence[str]], Awaitable[None]]) -> None:
        self._append = append
        self._waiting: list[str] = []
        self._lost = 0
        self._news = asyncio.Event()

    def add(self, line: str) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(line)
            self._news.set()
        else:
            self._lost += 1

    async def follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._write_all()

    async def _write_all(self) -> None:
        while some := self._waiting[:AT_ONCE]:
            try:
                await self._append(some)
            except UnavailableError:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                del self._waiting[: len(some)]

    async def close(self) -> int:
        """Write what is left; return how many lines are lost."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._write_all()
        except TimeoutError:
            self._lost += len(self._waiting)
        return self._lost
