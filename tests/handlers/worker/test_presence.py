"""A worker says that it lives for as long as it does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from typing_extensions import override

from handlers.attempts.lease import name_worker
from handlers.worker.pace import LONGEST_POLL_SECONDS, POLL_SECONDS, Pace
from handlers.worker.presence import make_announcer
from shared.errors import StoreUnavailableError
from shared.ports.jobs import WORKER_PATIENCE_SECONDS, Presence
from tests.support.memory.jobs import MemoryJobStore
from tests.support.rounds import do_rounds

ERRORS = {1: RuntimeError("odd"), 2: StoreUnavailableError("away")}


class OddStore(MemoryJobStore):
    asked = 0

    @override
    async def announce(self, worker: str, *, started: datetime, now: datetime, is_draining: bool = False) -> Presence:
        self.asked += 1
        if error := ERRORS.get(self.asked):
            raise error
        return await super().announce(worker, started=started, now=now, is_draining=is_draining)


async def test_no_error_ends_the_announcements() -> None:
    store = OddStore()
    rounds = await do_rounds(make_announcer(store), 4)
    assert [each.name for each in await store.list_workers()] == [name_worker()]
    assert store.asked == 4
    assert rounds.counted == ["presence"] * 2
    odd, away = rounds.logged
    assert odd["event"] == away["event"] == "worker could not announce itself"
    assert odd["exc_info"] is ERRORS[1]
    assert (away["log_level"], away["error"], away["errors"]) == ("warning", "away", 2)


async def test_an_announcement_comes_well_before_it_is_missed() -> None:
    rounds = await do_rounds(make_announcer(MemoryJobStore()), 20)
    assert set(rounds.pauses) == {WORKER_PATIENCE_SECONDS / 3}


@pytest.mark.parametrize("seconds", [-3600, 7])
async def test_an_odd_clock_is_logged_once(seconds: int) -> None:
    store = MemoryJobStore(clock=lambda: datetime.now(UTC) - timedelta(seconds=seconds))
    rounds = await do_rounds(make_announcer(store), 3)
    (told,) = rounds.logged
    assert told["event"] == "this worker's clock is not the store's"
    assert (told["log_level"], told["ahead_seconds"]) == ("warning", seconds)


async def test_a_clock_that_is_right_is_not_logged() -> None:
    rounds = await do_rounds(make_announcer(MemoryJobStore()), 3)
    assert rounds.logged == []


async def test_a_worker_learns_how_many_there_are() -> None:
    store, pace = MemoryJobStore(), Pace()
    now = datetime.now(UTC)
    await do_rounds(make_announcer(store, pace=pace), 1)
    assert pace.seconds == POLL_SECONDS
    for number in range(3):
        await store.announce(f"other:{number}", started=now, now=now)
    await do_rounds(make_announcer(store, pace=pace), 1)
    assert pace.seconds == pytest.approx(4 * POLL_SECONDS)
    for number in range(100):
        await store.announce(f"other:{number}", started=now, now=now)
    await do_rounds(make_announcer(store, pace=pace), 1)
    assert pace.seconds == LONGEST_POLL_SECONDS


@pytest.mark.parametrize("is_draining", [False, True])
async def test_a_worker_says_whether_it_drains(is_draining: bool) -> None:
    store = MemoryJobStore()
    await do_rounds(make_announcer(store, lambda: is_draining), 1)
    assert [each.is_draining for each in await store.list_workers()] == [is_draining]
