"""What is signed goes by the store's clock, as far as it can be asked."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.access import store_clock
from gateway.access.store_clock import StoreClock
from shared.errors import UnavailableError


@pytest.mark.parametrize("ahead", [timedelta(hours=-25), timedelta(seconds=3), timedelta(days=400)])
async def test_it_goes_by_the_stores_clock_once_it_was_looked_at(ahead: timedelta) -> None:
    async def read() -> datetime:
        return datetime.now(UTC) + ahead

    clock = StoreClock(read)
    assert abs(clock() - time.time()) < 1
    await clock.look()
    first = clock()
    assert abs(first - time.time() - ahead.total_seconds()) < 1
    await asyncio.sleep(0.02)
    assert clock() >= first + 0.02


async def test_a_store_that_does_not_answer_holds_up_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse() -> datetime:
        raise UnavailableError("not now")

    async def never() -> datetime:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(store_clock, "_FIRST_LOOK_SECONDS", 0.01)
    for read in (refuse, never):
        clock = StoreClock(read)
        await clock.look_first()
        assert abs(clock() - time.time()) < 1
