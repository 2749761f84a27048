"""Several parts of a reading at once come out as one, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from shared.adapters.neo4j.source.application import group_blocks
from shared.adapters.neo4j.source.lanes import BATCHES_AHEAD, read_in_lanes


class Parts:
    """Parts of numbered batches, with a record of what has happened to them."""

    def __init__(self, *, batches: int = 5, fails_at: tuple[int, int] | None = None) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.produced: list[tuple[int, int]] = []
        self._batches = batches
        self._fails_at = fails_at

    async def read(self, part: int) -> AsyncGenerator[tuple[int, int], None]:
        self.begun.append(part)
        try:
            for batch in range(self._batches):
                if (part, batch) == self._fails_at:
                    raise ConnectionError("lost")
                await asyncio.sleep(0.001 if part % 2 else 0)
                self.produced.append((part, batch))
                yield part, batch
        finally:
            self.ended.append(part)


@pytest.mark.parametrize("lanes", [1, 2, 3, 9])
async def test_batches_keep_their_order(lanes: int) -> None:
    parts = Parts()
    taken = [each async for each in read_in_lanes((parts.read(part) for part in range(7)), lanes=lanes)]
    assert taken == [(part, batch) for part in range(7) for batch in range(5)]
    assert sorted(parts.ended) == list(range(7))


async def test_lanes_read_ahead_within_bounds() -> None:
    parts = Parts(batches=20)
    async with aclosing(read_in_lanes((parts.read(part) for part in range(5)), lanes=2)) as batches:
        await anext(batches)
        await asyncio.sleep(0.1)
        assert parts.begun == [0, 1]
        # What a lane holds: the batches that wait, and the one that does not fit any more.
        assert len(parts.produced) <= 1 + 2 * (BATCHES_AHEAD + 1)
        assert len({part for part, _ in parts.produced}) == 2


async def test_a_part_that_fails_fails_the_reading_in_its_turn() -> None:
    parts = Parts(fails_at=(1, 2))
    batches = read_in_lanes((parts.read(part) for part in range(4)), lanes=3)
    assert [await anext(batches) for _ in range(7)] == [*((0, batch) for batch in range(5)), (1, 0), (1, 1)]
    with pytest.raises(ConnectionError, match="lost"):
        await anext(batches)
    assert sorted(parts.ended) == sorted(parts.begun)


async def test_leaving_early_ends_every_lane() -> None:
    parts = Parts(batches=100)
    async with aclosing(read_in_lanes((parts.read(part) for part in range(4)), lanes=3)) as batches:
        async for _ in batches:
            break
    assert sorted(parts.ended) == sorted(parts.begun)
    assert len(parts.produced) < 20


def test_blocks_are_gathered_up_to_the_limit() -> None:
    assert list(group_blocks([], limit=10)) == []
    assert list(group_blocks([[0, 10], [1, 3], [2, 7], [9, 1], [11, 9]], limit=10)) == [[0], [1, 2], [9, 11]]
    assert list(group_blocks([[4, 30], [5, 1]], limit=10)) == [[4], [5]]
