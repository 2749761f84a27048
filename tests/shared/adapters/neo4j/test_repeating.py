from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from shared.adapters.neo4j import repeating
from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.repeating import PatientReading, Portion, repeat
from shared.adapters.neo4j.server_errors import PassingStateError, RepeatableError, TooMuchAtOnceError

ROWS: list[Row] = [[number] for number in range(10)]


class BrokenReads:
    """Gives rows in order, and breaks off after so many, each time."""

    def __init__(self, *breaks: int) -> None:
        self._breaks = list(breaks)
        self.begun = 0

    async def run(
        self, statement: str, parameters: Mapping[str, Any], *, record_bytes: int | None = 0, packed: bool = False
    ) -> list[Row]:
        del record_bytes, packed
        return [row async for row in self.stream(statement, parameters)]

    async def stream(
        self, statement: str, parameters: Mapping[str, Any], *, record_bytes: int | None = 0, packed: bool = False
    ) -> AsyncGenerator[Row, None]:
        del statement, parameters, record_bytes, packed
        self.begun += 1
        last = self._breaks.pop(0) if self._breaks else len(ROWS)
        for row in ROWS[:last]:
            yield row
        if last < len(ROWS):
            raise RepeatableError("away")


@pytest.mark.parametrize("breaks", [(), (0,), (3,), (3, 1, 3), (9, 0, 9)])
async def test_each_row_comes_once_however_often_the_connection_is_lost(breaks: tuple[int, ...]) -> None:
    reads = BrokenReads(*breaks)
    assert [row async for row in PatientReading(reads).stream("", {})] == ROWS
    assert await PatientReading(BrokenReads(*breaks)).run("", {}) == ROWS
    assert reads.begun == 1 + len(breaks)


async def test_a_server_that_stays_away_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeating, "REPEAT_SECONDS", 0.2)
    rows = PatientReading(BrokenReads(*[2] * 1_000)).stream("", {})
    assert [await anext(rows), await anext(rows)] == ROWS[:2]
    with pytest.raises(RepeatableError):
        await anext(rows)


class Unwilling:
    """Fails with these errors, one each time, and then does it."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.asked: list[int] = []

    async def do(self, limit: int = 0) -> int:
        self.asked.append(limit)
        if self._errors:
            raise self._errors.pop(0)
        return limit


async def test_a_server_that_lets_nobody_in_for_a_while_is_asked_again_but_not_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repeating, "SHUT_OUT_SECONDS", 0.2)
    server = Unwilling(*[PassingStateError("shut")] * 2, RepeatableError("a deadlock"))
    began = time.monotonic()
    await repeat(server.do)
    assert len(server.asked) == 4
    assert time.monotonic() - began >= 0.4


async def test_what_is_too_much_is_halved_for_good_and_one_at_a_time_is_repeated() -> None:
    server, portion = Unwilling(*[TooMuchAtOnceError("too slow")] * 5), Portion(10)
    assert await portion.write(server.do) == 1
    assert server.asked == [10, 5, 3, 2, 1, 1]
    assert await portion.write(server.do) == 1
