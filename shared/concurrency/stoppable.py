"""Work in threads that ends when nobody waits for it any more: a thread cannot be stopped, so it asks now and then."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

_Result = TypeVar("_Result")

_NOBODY_WAITS: ContextVar[threading.Event | None] = ContextVar("nobody_waits", default=None)


class StoppedError(Exception):
    """Nobody waits for this work any more; never seen by whoever began it, for that is who left."""


async def in_thread(work: Callable[[], _Result]) -> _Result:
    """Do work in a thread; when this is cancelled, the work is told, and its end is awaited before its files go."""
    told = threading.Event()

    def run() -> _Result:
        _NOBODY_WAITS.set(told)
        return work()

    working = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        told.set()
        await asyncio.wait([working])
        if not working.cancelled():
            working.exception()
        raise


def go_on() -> None:
    """Say between two pieces of work that it may go on. Raises: StoppedError where nobody waits for it."""
    told = _NOBODY_WAITS.get()
    if told is not None and told.is_set():
        raise StoppedError
