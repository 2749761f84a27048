"""The reaper repairs on, whatever the store does."""

from __future__ import annotations

from typing_extensions import override

from shared.errors import StoreUnavailableError
from shared.reaper import make_reaper
from tests.support.memory.jobs import MemoryJobStore
from tests.support.rounds import do_rounds


class Moody(MemoryJobStore):
    moods = (StoreUnavailableError("away"), ZeroDivisionError(), None)
    calls = 0

    @override
    async def reap(self) -> int:
        self.calls += 1
        if mood := self.moods[self.calls % 3]:
            raise mood
        return await super().reap()


async def test_survives_every_error() -> None:
    store = Moody()
    rounds = await do_rounds(make_reaper(store, seconds=10.0), 9)
    assert store.calls == 9
    assert rounds.counted == ["reaper"] * 6
    assert {line["event"] for line in rounds.logged} == {"jobs could not be reaped"}
    assert [line.get("exc_info") for line in rounds.logged] == [Moody.moods[1], None] * 3
    assert all(5.0 <= pause <= 15.0 for pause in rounds.pauses)


class Repaired(MemoryJobStore):
    @override
    async def reap(self) -> int:
        return 3


async def test_tells_what_it_has_repaired() -> None:
    rounds = await do_rounds(make_reaper(Repaired(), seconds=10.0), 1)
    assert rounds.logged == [{"event": "jobs reaped", "log_level": "info", "changed": 3}]
