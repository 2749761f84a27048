"""Watches a running handler, and cancels it when it does not obey an order to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from handlers.attempts.lease import Lease
from shared.concurrency.interruptions import Interruption, LeaseLost, ShutdownRequested

STOP_PATIENCE_SECONDS = 0.7
"""A handler told to stop has this long to reach its next batch; stopping within a second is promised."""

SHUTDOWN_PATIENCE_SECONDS = 3.0
"""Longer, so that a batch under way need not be repeated; a stopping worker has five seconds in all."""

Result = TypeVar("Result")


async def supervise(work: Callable[[], Awaitable[Result]], lease: Lease) -> Result:
    """Start the work and await it; cancel it if it goes on against orders.

    Raises: what the work raises, or the interruption for which it was cancelled or not even started.
    """
    if (reason := lease.stop_reason()) is not None:
        raise reason
    working = asyncio.ensure_future(work())
    watching = asyncio.create_task(lease.wait_for_stop_reason())
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await _stop(working, watching.result())
        return _require_result(working)
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.wait({working, watching})


async def _stop(working: asyncio.Future[Result], reason: Interruption) -> None:
    await asyncio.wait({working}, timeout=_patience(reason))
    if working.done():
        return
    working.cancel()
    await asyncio.wait({working})
    if working.cancelled() or working.exception() is not None:
        raise reason


def _patience(reason: Interruption) -> float:
    match reason:
        case LeaseLost():
            return 0.0
        case ShutdownRequested():
            return SHUTDOWN_PATIENCE_SECONDS
        case _:
            return STOP_PATIENCE_SECONDS


def _require_result(working: asyncio.Future[Result]) -> Result:
    if working.cancelled():
        # Nobody outside asked for it, so it must not look as if somebody had cancelled the worker.
        raise RuntimeError("The handler cancelled itself.")
    return working.result()
