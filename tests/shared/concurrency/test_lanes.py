"""Pieces are worked on side by side, each once, and a failure ends it orderly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.concurrency.lanes import in_lanes


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


async def test_each_piece_is_worked_on_once_and_as_many_as_wished_at_a_time() -> None:
    done: list[int] = []
    busy = most = 0

    async def work(piece: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1
        done.append(piece)

    await in_lanes(numbers(20), work, lanes=3)
    assert sorted(done) == list(range(20))
    assert most == 3


async def test_a_failure_lets_what_is_under_way_finish_and_begins_nothing_new() -> None:
    begun: list[int] = []
    finished: list[int] = []

    async def work(piece: int) -> None:
        begun.append(piece)
        await asyncio.sleep(0)
        if piece == 1:
            raise ValueError(piece)
        await asyncio.sleep(0.01)
        finished.append(piece)

    with pytest.raises(ValueError, match="1"):
        await in_lanes(numbers(20), work, lanes=3)
    assert begun == [0, 1, 2]
    assert finished == [0, 2]


async def test_a_failure_of_the_source_is_raised() -> None:
    async def broken() -> AsyncIterator[int]:
        yield 0
        raise OSError("torn")

    async def work(_: int) -> None:
        await asyncio.sleep(0)

    with pytest.raises(OSError, match="torn"):
        await in_lanes(broken(), work, lanes=2)


async def test_cancelling_stops_every_piece() -> None:
    stopped: list[int] = []

    async def work(piece: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.append(piece)

    working = asyncio.create_task(in_lanes(numbers(20), work, lanes=2))
    await asyncio.sleep(0.01)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert sorted(stopped) == [0, 1]
