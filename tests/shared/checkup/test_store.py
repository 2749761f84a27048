"""The job store is judged by what it says itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typing_extensions import override

from shared.checkup.findings import Finding, State
from shared.checkup.store import NO_EVICTION, check_store
from shared.errors import StoreUnavailableError
from shared.ports.jobs import Keeping
from tests.shared.checkup.states import states
from tests.support.memory.jobs import MemoryJobStore


class OddStore(MemoryJobStore):
    is_durable = True
    keeping = Keeping(eviction=NO_EVICTION, is_appended=True, server="Valkey 9", replicas=0)
    missing: Sequence[str] = ()
    refusal: str | None = None

    @override
    async def find_write_refusal(self) -> str | None:
        return self.refusal

    @override
    async def read_keeping(self) -> Keeping:
        return self.keeping

    @override
    async def list_missing_rights(self) -> Sequence[str]:
        return self.missing

    @override
    async def confirms_durability(self) -> bool:
        return self.is_durable


class AwayStore(MemoryJobStore):
    @override
    async def read_clock(self) -> datetime:
        raise StoreUnavailableError("The job store is away.")


async def test_a_good_store() -> None:
    found = await check_store(OddStore(), replicas=0)
    assert states(found) == {
        "store": State.OK,
        "store: rights": State.OK,
        "store: writes": State.OK,
        "store: durability": State.OK,
        "store: replicas": State.OK,
        "store: eviction": State.OK,
        "store: clock": State.OK,
    }


async def test_a_store_that_keeps_nothing_on_disk() -> None:
    store = OddStore()
    store.is_durable = False
    found = await check_store(store, replicas=0)
    (durability,) = [each for each in found if each.state is not State.OK]
    assert durability.state is State.FAILED
    assert "appendonly" in durability.message


@pytest.mark.parametrize(
    ("keeping", "part", "state", "words"),
    [
        (
            {"eviction": "allkeys-lru"},
            "store: eviction",
            State.FAILED,
            "allkeys-lru.*`maxmemory-policy noeviction`",
        ),
        ({"eviction": None}, "store: eviction", State.WARNING, "maxmemory-policy noeviction"),
        ({"is_appended": False}, "store: durability", State.FAILED, "append-only file failed"),
    ],
)
async def test_a_store_that_would_lose_records(keeping: dict[str, Any], part: str, state: State, words: str) -> None:
    store = OddStore()
    store.keeping = replace(store.keeping, **keeping)
    (found,) = [each for each in await check_store(store, replicas=0) if each.state is not State.OK]
    assert (found.part, found.state) == (part, state)
    assert re.search(words, found.message)


async def test_a_store_that_takes_no_writes() -> None:
    store = OddStore()
    store.refusal = "READONLY of a replica"
    (found,) = [each for each in await check_store(store, replicas=0) if each.state is not State.OK]
    assert (found.part, found.state) == ("store: writes", State.FAILED)
    assert "READONLY of a replica" in found.message


@pytest.mark.parametrize(
    ("ahead", "message"),
    [(7, "this machine's clock is 7 s behind the store's"), (-3600, "this machine's clock is 3600 s ahead of the")],
)
async def test_a_store_with_another_clock(ahead: float, message: str) -> None:
    (*_, clock) = await check_store(OddStore(clock=lambda: datetime.now(UTC) + timedelta(seconds=ahead)), replicas=0)
    assert clock.state is State.WARNING
    assert message in clock.message


async def test_a_store_out_of_reach() -> None:
    assert await check_store(AwayStore(), replicas=0) == [
        Finding(part="store", state=State.FAILED, message="The job store is away.")
    ]


async def test_a_user_without_rights() -> None:
    store = OddStore()
    store.missing = ["+xadd", "~ours:*"]
    (found,) = [each for each in await check_store(store, replicas=0) if each.state is not State.OK]
    assert (found.part, found.state) == ("store: rights", State.FAILED)
    assert "+xadd ~ours:*" in found.message


@pytest.mark.parametrize(
    ("following", "wanted", "state"),
    [
        (0, 0, State.OK),
        (2, 1, State.OK),
        (1, 1, State.OK),
        (0, 1, State.FAILED),
        (2, 0, State.WARNING),
        (None, 0, State.WARNING),
    ],
)
async def test_replicas(following: int | None, wanted: int, state: State) -> None:
    store = OddStore()
    store.keeping = replace(store.keeping, replicas=following)
    found = {each.part: each for each in await check_store(store, replicas=wanted)}["store: replicas"]
    assert found.state is state
    assert f"GRAPHFERRY_VALKEY_REPLICAS={wanted}" in found.message


async def test_a_store_that_only_replicas_keep() -> None:
    store = OddStore()
    store.is_durable, store.keeping = False, replace(store.keeping, replicas=2)
    found = states(await check_store(store, replicas=1))
    assert found["store: durability"] is State.WARNING
