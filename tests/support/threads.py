"""Leaves the event loop without a free thread."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AbstractAsyncContextManager

MORE_THAN_ALL = 64


async def cancel_leaving(context: AbstractAsyncContextManager[object]) -> None:
    """Enter the context, and cancel its leaving before a thread is free for it; give the threads free then."""
    gate, entered = threading.Event(), asyncio.Event()
    busy: list[asyncio.Future[bool]] = []

    async def use() -> None:
        async with context:
            loop = asyncio.get_running_loop()
            busy.extend(loop.run_in_executor(None, gate.wait, 10) for _ in range(MORE_THAN_ALL))
            entered.set()

    using = asyncio.create_task(use())
    await entered.wait()
    using.cancel()
    await asyncio.wait({using})
    assert using.cancelled()
    gate.set()
    await asyncio.gather(*busy)
