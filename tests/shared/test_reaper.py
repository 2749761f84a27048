"""The reaper repairs on, whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import structlog
from typing_extensions import override

from shared.errors import StoreUnavailableError
from shared.reaper import reap_forever
from tests.support.memory.jobs import MemoryJobStore


class Moody(MemoryJobStore):
    moods = (StoreUnavailableError("away"), ZeroDivisionError(), None)
    calls = 0

    @override
    async def reap(self) -> int:
        self.calls += 1
        if mood := self.moods[self.calls % 3]:
            raise mood
        return await super().reap()


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


async def test_survives_every_error() -> None:
    store = Moody()
    reaping = asyncio.create_task(reap_forever(store, seconds=0.01))
    await asyncio.sleep(0.3)
    assert not reaping.done()
    reaping.cancel()
    assert 9 <= store.calls <= 60
