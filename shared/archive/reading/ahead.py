"""Runs an iterator in a thread, one step ahead of its consumer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import TypeVar

_Step = TypeVar("_Step")


async def ahead(open_steps: Callable[[], Iterator[_Step]]) -> AsyncGenerator[_Step, None]:
    """Yield what the iterator yields; the event loop is never held up by it."""
    steps = open_steps()
    coming = asyncio.create_task(asyncio.to_thread(next, steps, None))
    try:
        while (step := await asyncio.shield(coming)) is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, steps, None))
            yield step
    finally:
        # A thread cannot be stopped: wait for its step, whose failure nobody wants any more; then let its files go.
        await asyncio.wait([coming])
        coming.exception()
        await asyncio.to_thread(_close, steps)


def _close(steps: Iterator[object]) -> None:
    if isinstance(steps, Generator):
        steps.close()
