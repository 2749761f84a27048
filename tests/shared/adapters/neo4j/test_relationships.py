"""Relationships of many bytes are read a few at a time, and each once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.relationships import RelationshipReader
from shared.adapters.neo4j.server_errors import ConnectionLostError, RecordTooLongError
from shared.errors import GraphferryError, UnsupportedValueError

LIMIT = 10


class Weighing:
    """Has relationships that all start at one node, by id with their sizes; a record holds so much."""

    def __init__(self, sizes: Mapping[int, int], failure: GraphferryError) -> None:
        self._sizes = sizes
        self._failure = failure

    async def run(
        self, statement: str, parameters: Mapping[str, Any], *, record_bytes: int | None = 0, packed: bool = False
    ) -> list[Row]:
        assert (statement, record_bytes, packed) == ("blocks", 0, False)
        return [[each] for each in {number // parameters["width"] for number in self._sizes}]

    async def stream(
        self, statement: str, parameters: Mapping[str, Any], *, record_bytes: int | None = 0, packed: bool = False
    ) -> AsyncGenerator[Row, None]:
        assert record_bytes != 0
        assert not packed
        wanted = [list(self._sizes)]
        if statement == "of blocks":
            width = parameters["width"]
            wanted = [[number for number in self._sizes if number // width == each] for each in parameters["blocks"]]
        for numbers in wanted:
            if sum(self._sizes[number] for number in numbers) > LIMIT:
                raise self._failure
            yield [[(number, 1, 2, "R", {}) for number in sorted(numbers)]]


TOO_LONG = RecordTooLongError("too long")
BROKEN = ConnectionLostError("the server had not the memory for it")


async def read(sizes: Mapping[int, int], *, batch_size: int, failure: GraphferryError = TOO_LONG) -> list[int]:
    reader = RelationshipReader(
        connection=Weighing(sizes, failure),
        of_groups="of groups",
        blocks_of_start="blocks",
        of_blocks="of blocks",
        parameters={},
        batch_size=batch_size,
    )
    return [row[0] async for rows in reader.read([[1, len(sizes)]]) for row in rows]


@pytest.mark.parametrize("batch_size", [10, 33, 100, 1000])
@pytest.mark.parametrize("long", [0, 7, 2000, 2014, 2999])
@pytest.mark.parametrize("failure", [TOO_LONG, BROKEN], ids=["told", "broken off"])
async def test_each_comes_once_in_order_wherever_a_long_one_is(
    batch_size: int, long: int, failure: GraphferryError
) -> None:
    sizes = dict.fromkeys(range(0, 3000, 7), 0) | {long: LIMIT, long + 1: LIMIT, long + 40: 1}
    assert await read(sizes, batch_size=batch_size, failure=failure) == sorted(sizes)


async def test_one_that_is_too_long_alone_is_named() -> None:
    with pytest.raises(UnsupportedValueError, match="Relationship 21 has more than"):
        await read({7: 1, 21: LIMIT + 1, 35: 1}, batch_size=1000)
