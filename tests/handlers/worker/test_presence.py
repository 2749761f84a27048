"""A worker says that it lives for as long as it does."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from handlers.attempts.lease import name_worker
from handlers.worker.presence import make_announcer
from shared.errors import StoreUnavailableError
from shared.ports.jobs import WORKER_PATIENCE_SECONDS
from tests.support.memory.jobs import MemoryJobStore
from tests.support.rounds import do_rounds

ERRORS = {1: RuntimeError("odd"), 2: StoreUnavailableError("away")}


class OddStore(MemoryJobStore):
    asked = 0

    @override
    async def announce(self, worker: str, *, started: datetime) -> None:
        self.asked += 1
        if error := ERRORS.get(self.asked):
            raise error
        await super().announce(worker, started=started)


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
