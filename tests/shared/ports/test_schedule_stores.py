"""Both stores of schedules keep the promises of their port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from shared.adapters.valkey.backups import open_valkey_backups
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.keeping import open_keepers
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.schedules.store import ValkeySchedules
from shared.adapters.valkey.scripts import Scripts
from shared.errors import ConflictError, UnknownScheduleError
from shared.ports.schedules import RunClaim, ScheduleStore
from shared.schedules.record import RUNS_KEPT, MadeArchive, Run, RunOutcome, Schedule, StoredSchedule
from shared.settings.process import Settings
from tests.support.least_rights import as_owner
from tests.support.memory.schedules import MemorySchedules
from tests.support.schedules import CREATED, make_schedule

PAST = datetime(2026, 5, 4, 12, tzinfo=UTC)
FUTURE = datetime(2099, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", *(pytest.param(each, marks=pytest.mark.engines) for each in ("valkey", "cluster"))])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ScheduleStore]:
    """A store whose claims run out at once."""
    if request.param == "memory":
        yield MemorySchedules(claim_seconds=0.0)
        return
    url = Settings(valkey_url=request.getfixturevalue(f"{request.param}_url"), installation="test").valkey_address
    async with open_valkey(url) as client:
        yield ValkeySchedules(client, namespace=Namespace("test"), claim_ms=0)


async def put(store: ScheduleStore, *names: str, due: datetime | None = PAST) -> list[Schedule]:
    made = [make_schedule(name) for name in names]
    for each in made:
        await store.create(each, next_run=due, most=100)
    return made


def submitted(claim: RunClaim, job_id: str = "job") -> Run:
    return Run(due=claim.due, outcome=RunOutcome.SUBMITTED, job_id=job_id)


async def claim_one(store: ScheduleStore) -> RunClaim:
    (due,) = (await store.look(most=10)).due
    is_ours, claim = await store.claim(due, run=due.due, missed=None, next_run=FUTURE)
    assert is_ours
    assert claim is not None
    return claim


async def test_what_is_created_is_there_as_it_was_given(store: ScheduleStore) -> None:
    (one,) = await put(store, "one", due=FUTURE)
    stored = await store.get("acme", "one")
    assert (stored.schedule, stored.next_run, stored.last_run) == (one, FUTURE, None)
    other = make_schedule("two", name="A first name", tenant="acme", enabled=False)
    await store.create(other, next_run=None, most=2)
    assert [each.schedule.id for each in await store.list_schedules("acme")] == ["two", "one"]
    assert (await store.get("acme", "two")).next_run is None
    with pytest.raises(ConflictError, match="2 schedules"):
        await store.create(make_schedule("three"), next_run=None, most=2)
    await store.create(make_schedule("three", tenant="globex"), next_run=None, most=2)
    assert [each.schedule.id for each in await store.list_schedules("globex")] == ["three"]
    for tenant, schedule_id in (("globex", "one"), ("acme", "none")):
        with pytest.raises(UnknownScheduleError):
            await store.get(tenant, schedule_id)


async def test_a_change_sees_what_is_there(store: ScheduleStore) -> None:
    (one,) = await put(store, "one")
    changed = await store.change("acme", "one", lambda known, _: (replace(known, name="Other"), None))
    assert (changed.schedule, changed.next_run) == (replace(one, name="Other"), None)
    assert (await store.look(most=10)).due == []
    with pytest.raises(UnknownScheduleError):
        await store.change("acme", "none", lambda known, _: (known, None))


async def test_a_change_is_told_when_the_schedule_comes_next(store: ScheduleStore) -> None:
    await put(store, "one")
    kept = await store.change("acme", "one", lambda known, due: (replace(known, name="Other"), due))
    assert (kept.schedule.name, kept.next_run) == ("Other", PAST)
    await claim_one(store)
    kept = await store.change("acme", "one", lambda known, due: (replace(known, name="Third"), due))
    assert kept.next_run == FUTURE


@pytest.mark.engines
async def test_a_change_begins_anew_where_the_time_was_claimed_meanwhile(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_valkey(valkey_url) as client:
        store = ValkeySchedules(client, namespace=Namespace("test"))
        await put(store, "one")
        read = ValkeySchedules._read_standings

        async def claim_after(self: ValkeySchedules, schedules: Sequence[Schedule]) -> Sequence[StoredSchedule]:
            stored = await read(self, schedules)
            monkeypatch.undo()
            await claim_one(store)
            return stored

        monkeypatch.setattr(ValkeySchedules, "_read_standings", claim_after)
        changed = await store.change("acme", "one", lambda known, due: (replace(known, name="Other"), due))
        assert (changed.schedule.name, changed.next_run) == ("Other", FUTURE)


async def test_changes_at_the_same_time_are_all_made(store: ScheduleStore) -> None:
    await put(store, "one")

    async def change(_: int) -> None:
        await store.change("acme", "one", lambda known, _: (replace(known, name=known.name + "x"), FUTURE))

    await asyncio.gather(*map(change, range(10)))
    assert (await store.get("acme", "one")).schedule.name.count("x") == 10


async def test_a_time_is_claimed_once(store: ScheduleStore) -> None:
    await put(store, "one", "two")
    look = await store.look(most=10)
    assert [(each.schedule.id, each.due) for each in look.due] == [("one", PAST), ("two", PAST)]
    assert [each.schedule.id for each in (await store.look(most=1)).due] == ["one"]
    claims = await asyncio.gather(
        *(store.claim(each, run=each.due, missed=None, next_run=FUTURE) for each in look.due for _ in range(5))
    )
    assert sorted(each.schedule.id for is_ours, each in claims if is_ours and each) == ["one", "two"]
    assert (await store.get("acme", "one")).next_run == FUTURE
    assert (await store.look(most=10)).due == []


async def test_no_tenant_has_more_than_its_share_of_a_look(store: ScheduleStore) -> None:
    for number, tenant in enumerate(["acme"] * 4 + ["globex"] * 2):
        await store.create(make_schedule(f"{number}", tenant=tenant), next_run=PAST + timedelta(seconds=number), most=9)

    async def look(**options: Any) -> tuple[list[str], int, datetime | None]:
        seen = await store.look(**options)
        return [each.schedule.id for each in seen.due], seen.waiting, seen.oldest

    assert await look(most=10, of_tenant=2) == (["0", "1", "4", "5"], 6, PAST)
    assert await look(most=3, of_tenant=2) == (["0", "1", "4"], 6, PAST)
    assert await look(most=10, of_tenant=2, busy={"acme": 1, "globex": 2}) == (["0"], 6, PAST)
    assert await look(most=0, of_tenant=2) == ([], 6, PAST)
    for due in (await store.look(most=10)).due:
        await store.claim(due, run=due.due, missed=None, next_run=None)
    first = await store.look(most=10, of_tenant=1, busy={"globex": 1})
    assert ([each.schedule.tenant for each in first.taken_over], first.waiting) == (["acme"], 6)
    second = await store.look(most=10)  # these claims run out at once
    assert (len(second.taken_over), second.due, second.waiting) == (6, [], 6)


async def test_a_claim_does_not_count_for_a_schedule_that_was_changed(store: ScheduleStore) -> None:
    await put(store, "one")
    (due,) = (await store.look(most=10)).due
    await store.change("acme", "one", lambda known, _: (replace(known, name="Other"), PAST))
    assert await store.claim(due, run=PAST, missed=None, next_run=FUTURE) == (False, None)
    (due,) = (await store.look(most=10)).due
    await store.remove("acme", "one", lambda _: None)
    assert await store.claim(due, run=PAST, missed=None, next_run=FUTURE) == (False, None)


async def test_what_was_missed_is_told_with_the_claim(store: ScheduleStore) -> None:
    await put(store, "one")
    (due,) = (await store.look(most=10)).due
    missed = Run(due=PAST, outcome=RunOutcome.MISSED, number=3, first=PAST - timedelta(days=2), reason="nobody")
    assert await store.claim(due, run=None, missed=missed, next_run=None) == (True, None)
    assert await store.list_runs("acme", "one") == [missed]
    stored = await store.get("acme", "one")
    assert (stored.next_run, stored.last_run) == (None, missed)


async def test_what_a_dead_process_claimed_goes_to_whoever_looks(store: ScheduleStore) -> None:
    await put(store, "one")
    first = await claim_one(store)
    (second,) = (await store.look(most=10)).taken_over
    assert (second.schedule, second.due, second.by) == (first.schedule, PAST, None)
    assert not await store.settle(first, submitted(first))
    assert await store.list_runs("acme", "one") == []
    assert await store.settle(second, submitted(second))
    assert not await store.settle(second, submitted(second))
    assert await store.list_runs("acme", "one") == [submitted(second)]
    assert (await store.look(most=10)).taken_over == []


async def test_somebody_may_ask_for_a_run(store: ScheduleStore) -> None:
    (one,) = await put(store, "one", due=FUTURE)
    await store.begin(one, by="böb the first")
    (claim,) = (await store.look(most=10)).taken_over
    assert claim.by == "böb the first"
    assert await store.settle(claim, submitted(claim))
    assert (await store.get("acme", "one")).next_run == FUTURE
    with pytest.raises(UnknownScheduleError):
        await store.begin(make_schedule("none"), by="ann")


async def test_runs_are_followed_until_their_jobs_have_ended(store: ScheduleStore) -> None:
    await put(store, "one")
    claim = await claim_one(store)
    await store.settle(claim, submitted(claim))
    (open_run,) = await store.list_open()
    assert (open_run.tenant, open_run.schedule_id, open_run.run) == ("acme", "one", submitted(claim))
    ended = replace(open_run.run, status="closed", ended=CREATED)
    made = MadeArchive(name="a.zip", made=PAST, arrived=CREATED, bytes=7, job_id="job")
    assert await store.end(open_run, ended, made)
    assert not await store.end(open_run, ended, made)
    assert await store.list_open() == []
    assert await store.list_runs("acme", "one") == [ended]
    assert await store.list_made("acme", "one") == [made]
    await store.forget_made("acme", "one", [])
    await store.forget_made("acme", "one", ["a.zip", "b.zip"])
    assert await store.list_made("acme", "one") == []


async def test_the_last_runs_are_kept(store: ScheduleStore) -> None:
    (one,) = await put(store, "one", due=FUTURE)
    dues = []
    for number in range(RUNS_KEPT + 5):
        claim = await store.begin(one, by="ann")
        dues.append(claim.due)
        await store.settle(claim, submitted(claim, str(number)))
        await asyncio.sleep(0.002)  # the next one is of another moment
    runs = await store.list_runs("acme", "one")
    assert [each.due for each in runs] == dues[: -RUNS_KEPT - 1 : -1]


async def test_what_is_removed_leaves_nothing(store: ScheduleStore) -> None:
    await put(store, "one", "two", "three")
    for due in (await store.look(most=10)).due:
        _, claim = await store.claim(due, run=due.due, missed=None, next_run=FUTURE)
        assert claim is not None
        if claim.schedule.id != "two":
            await store.settle(claim, submitted(claim))
    (open_run, _) = await store.list_open()
    await store.end(open_run, open_run.run, MadeArchive(name="a", made=PAST, arrived=PAST, bytes=1, job_id="j"))

    def refuse(_: Schedule) -> None:
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        await store.remove("acme", "one", refuse)
    await store.remove("acme", "one", lambda _: None)
    assert [each.schedule.id for each in await store.list_schedules("acme")] == ["three", "two"]
    await store.remove_all("acme")
    assert await store.list_schedules("acme") == []
    assert await store.list_open() == []
    look = await store.look(most=10)
    assert (look.due, look.taken_over) == ([], [])
    with pytest.raises(UnknownScheduleError):
        await store.remove("acme", "one", lambda _: None)


@pytest.mark.engines
async def test_a_claim_that_is_sent_again_is_the_same(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call_twice(scripts: Scripts, name: str, *arguments: str | int) -> Any:
        """As after an answer that was lost."""
        await call(scripts, name, *arguments)
        await asyncio.sleep(0.005)
        return await call(scripts, name, *arguments)

    call = Scripts.call
    async with open_valkey(valkey_url) as client:
        store = ValkeySchedules(client, namespace=Namespace("test"), claim_ms=0)
        (one, _) = [*await put(store, "one", due=FUTURE), *await put(store, "two")]
        with monkeypatch.context() as patch:
            patch.setattr(Scripts, "call", call_twice)
            asked, due = await store.begin(one, by="ann"), await claim_one(store)
        taken = (await store.look(most=10)).taken_over
        assert {(each.schedule.id, each.due, each.by) for each in taken} == {
            ("one", asked.due, "ann"),
            ("two", PAST, None),
        }
        assert len(taken) == 2
        assert due.due == PAST


@pytest.mark.engines
async def test_removed_schedules_leave_no_keys(valkey_url: str) -> None:
    async with open_valkey(valkey_url) as client:
        store = ValkeySchedules(client, namespace=Namespace("test"))
        await put(store, "one")
        claim = await claim_one(store)
        await store.settle(claim, submitted(claim))
        (open_run,) = await store.list_open()
        await store.end(open_run, open_run.run, MadeArchive(name="a", made=PAST, arrived=PAST, bytes=1, job_id="j"))
        await store.remove_all("acme")
    with Redis.from_url(as_owner(valkey_url)) as owner:
        assert owner.keys("{test}:*") == []


@pytest.mark.engines
async def test_what_a_later_version_wrote_stays(valkey_url: str) -> None:
    async with open_valkey(valkey_url) as client:
        store = ValkeySchedules(client, namespace=Namespace("test"))
        await put(store, "one", "two")
        with Redis.from_url(as_owner(valkey_url), decode_responses=True) as owner:
            key = "{test}:schedules:acme"
            owner.hset(key, "one", owner.hget(key, "one").replace('"id"', '"later":1,"id"'))
            owner.hset(key, "two", owner.hget(key, "two").replace('"export"', '"import"'))
            await store.change("acme", "one", lambda known, _: (replace(known, name="Other"), PAST))
            assert '"later":1' in owner.hget(key, "one")
        assert [each.schedule.name for each in await store.list_schedules("acme")] == ["Other"]
        assert [each.schedule.id for each in (await store.look(most=10)).due] == ["one"]


@pytest.mark.engines
@pytest.mark.parametrize("written", ['"work":"mirror"', '"overlap":7', '"owner":null', '"odd":'])
async def test_what_cannot_be_read_keeps_no_other_from_being_seen(valkey_url: str, written: str) -> None:
    async with open_valkey(valkey_url) as client:
        store = ValkeySchedules(client, namespace=Namespace("test"), claim_ms=0)
        await put(store, "a", "b")
        with Redis.from_url(as_owner(valkey_url), decode_responses=True) as owner:
            for each in ("a", "b"):
                text = owner.hget("{test}:schedules:acme", each)
                owner.hset("{test}:schedules:acme", each, text.removesuffix("}") + f",{written}}}")
        await put(store, "later", due=PAST + timedelta(days=1))
        assert (await store.look(most=2)).due == []
        assert [each.schedule.id for each in (await store.look(most=2)).due] == ["later"]
        assert [each.schedule.id for each in await store.list_schedules("acme")] == ["later"]


@pytest.mark.engines
@pytest.mark.parametrize("text", ['{"due":"2026-05-04T12:00:00+00:00","outcome":"deferred"}', '{"due":7}', "[", "[]"])
async def test_runs_and_archives_that_cannot_be_read_are_left_out(valkey_url: str, text: str) -> None:
    async with open_valkey(valkey_url) as client:
        store = ValkeySchedules(client, namespace=Namespace("test"))
        await put(store, "one", "two")
        for due in (await store.look(most=10)).due:
            _, claim = await store.claim(due, run=due.due, missed=None, next_run=FUTURE)
            assert claim is not None
            await store.settle(claim, submitted(claim))
        with Redis.from_url(as_owner(valkey_url), decode_responses=True) as owner:
            at = round(PAST.timestamp() * 1000)
            owner.hset("{test}:schedule_runs:acme/one", str(at), text)
            owner.hset("{test}:schedule_archives:acme/one", "a.zip", text)
        assert [each.schedule_id for each in await store.list_open()] == ["two"]
        assert [each.last_run is None for each in await store.list_schedules("acme")] == [True, False]
        assert await store.list_runs("acme", "one") == []
        assert await store.list_made("acme", "one") == []


@pytest.mark.engines
async def test_a_backup_holds_schedules_with_their_runs(valkey_url: str) -> None:
    url = as_owner(valkey_url)
    settings = Settings(valkey_url=url, installation="test")
    async with (
        open_valkey(url) as client,
        open_keepers(replicas=0) as keepers,
        open_valkey_backups(settings, keepers) as backups,
    ):
        store = ValkeySchedules(client, namespace=Namespace("test"))
        await put(store, "one", "two")
        claim = await store.begin((await store.get("acme", "one")).schedule, by="ann")
        await store.settle(claim, submitted(claim))
        before = await store.list_schedules("acme"), await store.list_open()
        keys = [each async for some in backups.dump() for each in some]
        with Redis.from_url(url) as owner:
            owner.flushdb()
        assert await store.list_schedules("acme") == []
        await backups.write_keys(keys)
        assert (await store.list_schedules("acme"), await store.list_open()) == before
