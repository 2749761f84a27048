from __future__ import annotations

import asyncio
import threading

import pytest

from shared.concurrency.stoppable import StoppedError, go_on, in_thread


async def test_work_gives_its_result_or_its_error() -> None:
    assert await in_thread(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)
    go_on()


async def test_cancelled_work_is_told_and_its_end_awaited() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        try:
            while True:
                go_on()
        except StoppedError:
            ended.set()
            raise

    working = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 10)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert ended.is_set()
