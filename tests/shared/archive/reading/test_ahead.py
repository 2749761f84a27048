from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from shared.archive.reading.ahead import ahead


async def test_steps_come_in_order() -> None:
    assert [step async for step in ahead(lambda: iter(range(5)))] == [0, 1, 2, 3, 4]


async def test_a_failure_reaches_the_consumer_in_its_place() -> None:
    def steps() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    taken = ahead(steps)
    assert await anext(taken) == 1
    with pytest.raises(ValueError, match="two"):
        await anext(taken)


async def test_a_cancelled_consumer_waits_for_the_step_then_closes() -> None:
    begun, may_end, closed = threading.Event(), threading.Event(), threading.Event()

    def steps() -> Iterator[int]:
        try:
            begun.set()
            may_end.wait(10)
            yield 1
        finally:
            closed.set()

    async def consume() -> None:
        async for _ in ahead(steps):
            pass

    consuming = asyncio.create_task(consume())
    await asyncio.to_thread(begun.wait, 10)
    consuming.cancel()
    await asyncio.sleep(0.01)
    assert not consuming.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await consuming
    assert closed.is_set()
