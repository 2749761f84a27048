"""What every store of webhooks does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import orjson
import pytest

from shared.adapters.valkey.client import send
from shared.adapters.valkey.webhooks import ValkeyWebhooks
from shared.errors import InvalidRequestError
from shared.jobs.events import Event
from shared.jobs.record import Failure, Job, JobKind, JobWebhook, NewJob, Outcome, Status
from shared.ports.jobs import JobStore, WhenBusy
from shared.ports.webhooks import WebhookStore
from shared.webhooks import DeliveryState, JobOutcome, Target, TenantWebhook, new_secret
from tests.support.job_stores import JobStoreRig, MemoryRig, make_cancellation, make_job, open_valkey_rig
from tests.support.memory.webhooks import MemoryWebhooks

HOOK = TenantWebhook(
    url="https://hooks.example/", secret=new_secret(), changed=datetime(2026, 1, 1, tzinfo=UTC), tenant_created="t"
)
OF_JOB = JobWebhook(url="https://other.example/", secret=new_secret())


class Scene(Protocol):
    """A store of webhooks beside one of jobs."""

    @property
    def jobs(self) -> JobStore: ...

    @property
    def webhooks(self) -> WebhookStore: ...

    async def end(self, status: Status, tenant: str = "acme", **changes: Any) -> Job:
        """Submit a job, and end it."""
        ...

    async def end_at_once(self, number: int) -> None:
        """Fail a job and, in the same step, so many that wait for it."""
        ...

    async def wait(self, seconds: float) -> None: ...


async def fail_with_dependents(jobs: JobStore, number: int) -> list[Job]:
    first = await jobs.submit(make_job(), when_busy=WhenBusy.QUEUE, waiting_limit=number)
    all_ = [first.id]
    for _ in range(number):
        new = make_job(depends_on=(first.id,))
        all_.append((await jobs.submit(new, when_busy=WhenBusy.QUEUE, waiting_limit=number)).id)
    claimed = await jobs.claim(Event(job_id=first.id, attempt=1), "worker/1")
    assert claimed is not None
    assert await jobs.finish(claimed, Outcome(status=Status.FAILED, failure=Failure(code="DISK_FULL", message="full")))
    return [await jobs.get(each) for each in all_]


async def run_to(jobs: JobStore, new: NewJob, status: Status) -> Job:
    job = await jobs.submit(new, when_busy=WhenBusy.QUEUE)
    claim = await jobs.claim(Event(job_id=job.id, attempt=1), "worker/1")
    assert claim is not None
    failure = Failure(code="DISK_FULL", message="full") if status is Status.FAILED else None
    assert await jobs.finish(claim, Outcome(status=status, failure=failure))
    return await jobs.get(job.id)


@dataclass(slots=True)
class MemoryScene:
    rig: MemoryRig = field(default_factory=MemoryRig)
    webhooks: MemoryWebhooks = field(init=False)

    def __post_init__(self) -> None:
        self.webhooks = MemoryWebhooks(clock=lambda: self.rig.now)

    @property
    def jobs(self) -> JobStore:
        return self.rig.store

    async def end(self, status: Status, tenant: str = "acme", **changes: Any) -> Job:
        await self.wait(0.001)  # as no two jobs end at the same moment
        job = await run_to(self.rig.store, make_job(tenant, **changes), status)
        self.webhooks.end(job)
        return job

    async def end_at_once(self, number: int) -> None:
        for job in await fail_with_dependents(self.rig.store, number):
            self.webhooks.end(job)

    async def wait(self, seconds: float) -> None:
        self.rig.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class ValkeyScene:
    rig: JobStoreRig
    webhooks: ValkeyWebhooks

    @property
    def jobs(self) -> JobStore:
        return self.rig.store

    async def end(self, status: Status, tenant: str = "acme", **changes: Any) -> Job:
        return await run_to(self.rig.store, make_job(tenant, **changes), status)

    async def end_at_once(self, number: int) -> None:
        await fail_with_dependents(self.rig.store, number)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.fixture(params=["memory", "valkey", "cluster"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    if request.param == "memory":
        yield MemoryScene()
        return
    async with open_valkey_rig(request.getfixturevalue(f"{request.param}_url")) as rig:
        store: Any = rig.store
        yield ValkeyScene(rig=rig, webhooks=ValkeyWebhooks(store._client, namespace=store._keys))


async def set_hook(scene: Scene, tenant: str = "acme", **changes: Any) -> None:
    await scene.webhooks.change(tenant, lambda _: replace(HOOK, **changes))


async def claim(
    scene: Scene, token: str = "a", most: int = 100, at_once: int = 100, seconds: float = 60.0
) -> list[str]:
    found = await scene.webhooks.claim(token, most=most, at_once=at_once, lease_seconds=seconds)
    return [each.id for each in found]


async def test_a_webhook_is_kept_as_it_was_set(scene: Scene) -> None:
    assert await scene.webhooks.find("acme") is None
    webhook = replace(
        HOOK, outcomes=(JobOutcome.FAILED,), kinds=(JobKind.COPY,), enabled=False, disabled_because="gone"
    )
    assert await scene.webhooks.change("acme", lambda known: webhook if known is None else HOOK) == webhook
    assert (await scene.webhooks.find("acme"), await scene.webhooks.find("globex")) == (webhook, None)
    assert await scene.webhooks.change("acme", lambda _: None) is None
    assert await scene.webhooks.find("acme") is None


async def test_changes_at_the_same_time_are_all_made(scene: Scene) -> None:
    await set_hook(scene, url="")

    def add(known: TenantWebhook | None) -> TenantWebhook:
        assert known is not None
        return replace(known, url=f"{known.url}x")

    await asyncio.gather(*(scene.webhooks.change("acme", add) for _ in range(5)))
    found = await scene.webhooks.find("acme")
    assert found is not None
    assert found.url == "xxxxx"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (Status.CLOSED, "succeeded"),
        (Status.FAILED, "failed"),
        (Status.CLOSED_BY_TIMEOUT, "failed"),
        (Status.CANCELLED, "cancelled"),
    ],
)
async def test_an_ending_is_told_to_tenant_and_submitter_once(scene: Scene, status: Status, outcome: str) -> None:
    await set_hook(scene)
    job = await scene.end(status, webhook=OF_JOB)
    assert job.webhook == OF_JOB
    expected = [f"{job.id}-{outcome}-job", f"{job.id}-{outcome}-tenant"]
    page = await scene.webhooks.list_deliveries("acme")
    assert sorted(each.id for each in page.deliveries) == expected
    assert {(each.job_id, each.state, each.outcome, each.attempts) for each in page.deliveries} == {
        (job.id, DeliveryState.WAITING, outcome, 0)
    }
    assert {each.target for each in page.deliveries} == set(Target)
    assert sorted(await claim(scene)) == expected
    assert await claim(scene, "b") == []


async def test_only_what_is_wanted_is_told(scene: Scene) -> None:
    await scene.end(Status.CLOSED)
    await set_hook(scene, outcomes=(JobOutcome.FAILED,))
    await set_hook(scene, "globex", kinds=(JobKind.IMPORT,))
    await set_hook(scene, "off", enabled=False)
    await scene.end(Status.CLOSED)
    await scene.end(Status.FAILED, "globex")
    await scene.end(Status.FAILED, "off")
    await scene.end(Status.FAILED, "none")
    assert await claim(scene) == []
    job = await scene.end(Status.FAILED)
    assert await claim(scene) == [f"{job.id}-failed-tenant"]


async def test_what_becomes_of_tries_is_written_down(scene: Scene) -> None:
    await set_hook(scene)
    await scene.end(Status.CLOSED)
    (delivery,) = await scene.webhooks.claim("a", most=9, at_once=9, lease_seconds=60)
    tell = scene.webhooks.settle
    assert await tell(delivery, "b", state=DeliveryState.DELIVERED, code=200, error=None) is None
    waits = await tell(delivery, "a", state=DeliveryState.WAITING, code=503, error="busy", wait_seconds=0.2)
    assert waits is DeliveryState.WAITING
    (listed,) = (await scene.webhooks.list_deliveries("acme")).deliveries
    assert (listed.code, listed.error, listed.attempts) == (503, "busy", 1)
    assert listed.next_try is not None
    assert listed.tried is not None
    assert abs((listed.next_try - listed.tried).total_seconds() - 0.2) < 0.01
    assert await claim(scene, "c") == []
    await scene.wait(0.3)
    (again,) = await scene.webhooks.claim("c", most=9, at_once=9, lease_seconds=60)
    assert (again.id, again.attempts) == (delivery.id, 1)
    assert await tell(again, "a", state=DeliveryState.DELIVERED, code=200, error=None) is None
    assert await tell(again, "c", state=DeliveryState.DELIVERED, code=204, error=None) is DeliveryState.DELIVERED
    (done,) = (await scene.webhooks.list_deliveries("acme")).deliveries
    assert (done.state, done.code, done.error, done.next_try) == (DeliveryState.DELIVERED, 204, None, None)
    assert await claim(scene, "d") == []


async def test_what_would_be_tried_after_its_day_is_given_up(scene: Scene) -> None:
    await set_hook(scene)
    await scene.end(Status.CLOSED)
    (delivery,) = await scene.webhooks.claim("a", most=9, at_once=9, lease_seconds=60)
    state = await scene.webhooks.settle(
        delivery, "a", state=DeliveryState.WAITING, code=None, error="no answer", wait_seconds=25 * 3600
    )
    assert state is DeliveryState.GIVEN_UP
    assert await claim(scene) == []


async def test_a_lease_that_is_over_brings_it_to_another_sender(scene: Scene) -> None:
    await set_hook(scene)
    await scene.end(Status.CLOSED)
    first = await claim(scene, "a", seconds=0.2)
    assert await claim(scene, "b") == []
    await scene.wait(0.3)
    assert await claim(scene, "b") == first


async def test_a_tenant_takes_no_more_than_its_places(scene: Scene) -> None:
    for tenant in ("acme", "globex"):
        await set_hook(scene, tenant)
        for _ in range(4):
            await scene.end(Status.CLOSED, tenant)
    taken = await scene.webhooks.claim("a", most=100, at_once=3, lease_seconds=60)
    assert sorted(each.tenant for each in taken) == ["acme"] * 3 + ["globex"] * 3
    assert await claim(scene, "b", at_once=3) == []
    await scene.webhooks.settle(taken[0], "a", state=DeliveryState.DELIVERED, code=200, error=None)
    (last,) = await scene.webhooks.claim("b", most=100, at_once=3, lease_seconds=60)
    assert last.tenant == taken[0].tenant
    assert last.id not in {each.id for each in taken}


async def test_a_sender_takes_no_more_than_it_has_room_for(scene: Scene) -> None:
    await set_hook(scene)
    for _ in range(5):
        await scene.end(Status.CLOSED)
    first, second = await claim(scene, most=2), await claim(scene, most=2)
    assert (len(first), len(second), len(await claim(scene, most=2))) == (2, 2, 1)
    assert not set(first) & set(second)


async def test_tenants_with_much_to_be_told_leave_turns_to_others(scene: Scene) -> None:
    crowd = [f"tenant-{at}" for at in range(3)]
    for tenant in (*crowd, "small"):
        await set_hook(scene, tenant)
    for tenant in crowd:
        for _ in range(6):
            await scene.end(Status.CLOSED, tenant)
    await scene.end(Status.CLOSED, "small")

    async def take() -> list[str]:
        taken = await scene.webhooks.claim("a", most=6, at_once=2, lease_seconds=60)
        await scene.wait(0.005)
        for each in taken:
            await scene.webhooks.settle(
                each, "a", state=DeliveryState.WAITING, code=None, error="no answer", wait_seconds=60
            )
        await scene.wait(0.005)
        return [each.tenant for each in taken]

    first, second = await take(), await take()
    assert sorted(first) == sorted(2 * crowd)
    assert second[0] == "small"
    assert len(second) == 6, "and the others follow"


async def test_deliveries_are_listed_page_by_page_newest_first(scene: Scene) -> None:
    await set_hook(scene)
    jobs = [await scene.end(Status.CLOSED, webhook=OF_JOB) for _ in range(3)]
    found, cursor = list[str](), None
    while True:
        page = await scene.webhooks.list_deliveries("acme", cursor=cursor, limit=1)
        found += [each.id for each in page.deliveries]
        if (cursor := page.next_cursor) is None:
            break
    whole = await scene.webhooks.list_deliveries("acme")
    assert found == [each.id for each in whole.deliveries]
    assert [each.job_id for each in whole.deliveries] == [job.id for job in reversed(jobs) for _ in range(2)]
    assert (await scene.webhooks.list_deliveries("globex")).deliveries == ()
    with pytest.raises(InvalidRequestError, match="Cursor"):
        await scene.webhooks.list_deliveries("acme", cursor="odd")


async def test_deliveries_of_one_moment_are_all_listed(scene: Scene) -> None:
    await set_hook(scene)
    await scene.end(Status.CLOSED)
    await scene.end_at_once(130)
    found, cursor = list[str](), None
    while True:
        page = await scene.webhooks.list_deliveries("acme", cursor=cursor, limit=20)
        found += [each.id for each in page.deliveries]
        if (cursor := page.next_cursor) is None:
            break
    assert (len(found), len(set(found))) == (132, 132)


async def test_all_of_a_tenant_is_forgotten(scene: Scene) -> None:
    for tenant in ("acme", "globex"):
        await set_hook(scene, tenant)
        for _ in range(2):
            await scene.end(Status.CLOSED, tenant)
    (under_way,) = await scene.webhooks.claim("a", most=1, at_once=1, lease_seconds=60)
    assert under_way.tenant == "acme"
    await scene.webhooks.remove_all("acme")
    await scene.webhooks.remove_all("none")
    assert await scene.webhooks.find("acme") is None
    assert (await scene.webhooks.list_deliveries("acme")).deliveries == ()
    told = await scene.webhooks.settle(under_way, "a", state=DeliveryState.WAITING, code=None, error="no answer")
    assert told is None
    assert await scene.webhooks.redeliver("acme", under_way.id) is None
    taken = await scene.webhooks.claim("b", most=9, at_once=9, lease_seconds=60)
    assert [each.tenant for each in taken] == ["globex"] * 2
    assert await scene.webhooks.find("globex") is not None


async def test_a_delivery_is_sent_again_by_hand(scene: Scene) -> None:
    await set_hook(scene)
    await scene.end(Status.CLOSED)
    (delivery,) = await scene.webhooks.claim("a", most=9, at_once=9, lease_seconds=60)
    assert (await scene.webhooks.redeliver("acme", delivery.id)) is not None
    assert await claim(scene, "b") == [], "it is under way"
    await scene.webhooks.settle(delivery, "a", state=DeliveryState.GIVEN_UP, code=410, error="gone")
    assert await scene.webhooks.redeliver("globex", delivery.id) is None
    assert await scene.webhooks.redeliver("acme", "none") is None
    again = await scene.webhooks.redeliver("acme", delivery.id)
    assert again is not None
    assert (again.state, again.attempts) == (DeliveryState.WAITING, 0)
    assert await claim(scene, "b") == [delivery.id]


async def test_the_other_ways_in_which_jobs_end_are_told(valkey_url: str) -> None:
    async with open_valkey_rig(valkey_url) as rig:
        scene = ValkeyScene(rig=rig, webhooks=ValkeyWebhooks(rig.store._client, namespace=rig.store._keys))
        await set_hook(scene)
        first = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
        waiting = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
        held = await rig.store.submit(make_job(depends_on=(waiting.id,)), when_busy=WhenBusy.QUEUE)
        await rig.store.request_cancel(waiting.id, make_cancellation())
        assert sorted(await claim(scene)) == sorted([f"{waiting.id}-cancelled-tenant", f"{held.id}-failed-tenant"])
        claimed = await rig.store.claim(Event(job_id=first.id, attempt=1), "worker/1")
        assert claimed is not None
        for _ in range(2):  # its answer was lost
            assert await rig.store.finish(claimed, Outcome(status=Status.FAILED))
        for _ in range(2):
            await rig.store.correct(first.id, Outcome(status=Status.CLOSED))
        assert await claim(scene) == [f"{first.id}-failed-tenant", f"{first.id}-succeeded-tenant"]


async def test_a_record_that_cannot_be_read_keeps_no_job_from_ending(valkey_url: str) -> None:
    async with open_valkey_rig(valkey_url) as rig:
        for text in ("{", "[]", "null", '{"enabled": 1}', '{"enabled": true, "outcomes": 7}'):
            await send(rig.client, "HSET", "{ours}:webhooks", "acme", text)
            job = await run_to(rig.store, make_job(), Status.CLOSED)
            assert job.status is Status.CLOSED


@pytest.mark.parametrize(
    ("field", "word"), [("target", "team"), ("outcome", "paused"), ("state", "held"), ("attempts", "many")]
)
async def test_a_delivery_of_a_later_version_holds_back_no_other(valkey_url: str, field: str, word: str) -> None:
    async with open_valkey_rig(valkey_url) as rig:
        scene = ValkeyScene(rig=rig, webhooks=ValkeyWebhooks(rig.store._client, namespace=rig.store._keys))
        await set_hook(scene)
        later, known = await scene.end(Status.CLOSED), await scene.end(Status.CLOSED)
        unknown = f"{later.id}-succeeded-tenant"
        await send(rig.client, "HSET", f"{{ours}}:delivery:{unknown}", field, word)
        assert await claim(scene, most=2, at_once=1) == []
        assert await claim(scene, at_once=1) == [f"{known.id}-succeeded-tenant"]
        page = await scene.webhooks.list_deliveries("acme")
        assert [each.job_id for each in page.deliveries] == [known.id]
        next_try = await rig.client.zscore("{ours}:deliveries_due:acme", unknown)
        assert next_try is not None
        assert next_try / 1000 > page.deliveries[0].created.timestamp() + 50
        assert await send(rig.client, "HGET", f"{{ours}}:delivery:{unknown}", field) == word


async def test_what_a_later_version_tells_of_a_webhook_stays(valkey_url: str) -> None:
    async with open_valkey_rig(valkey_url) as rig:
        scene = ValkeyScene(rig=rig, webhooks=ValkeyWebhooks(rig.store._client, namespace=rig.store._keys))
        await set_hook(scene)
        told = {**orjson.loads(await send(rig.client, "HGET", "{ours}:webhooks", "acme")), "headers": {"x": "y"}}
        await send(rig.client, "HSET", "{ours}:webhooks", "acme", orjson.dumps(told))
        await set_hook(scene, enabled=False)
        kept = orjson.loads(await send(rig.client, "HGET", "{ours}:webhooks", "acme"))
        assert (kept["headers"], kept["enabled"]) == ({"x": "y"}, False)


async def test_deliveries_are_bounded_and_go(valkey_url: str) -> None:
    async with open_valkey_rig(valkey_url) as rig:
        scene = ValkeyScene(rig=rig, webhooks=ValkeyWebhooks(rig.store._client, namespace=rig.store._keys))
        await set_hook(scene)
        oldest = await scene.end(Status.CLOSED)
        page = await scene.webhooks.list_deliveries("acme")
        now = round(page.deliveries[0].created.timestamp() * 1000)
        assert 0 < await rig.client.pttl(f"{{ours}}:delivery:{oldest.id}-succeeded-tenant") <= 7 * 86_400_000
        fillers = {f"filler-{at}": now + 1 for at in range(10_000 - 1)}
        await rig.client.zadd("{ours}:deliveries:acme", {"too-old": now - 8 * 86_400_000, **fillers})
        newest = await scene.end(Status.CLOSED)
        assert await rig.client.zcard("{ours}:deliveries:acme") == 10_000
        assert await claim(scene) == [f"{newest.id}-succeeded-tenant"]
        totals = await rig.store.read_totals()
        assert totals["deliveries", "given_up"] == 1
        assert totals["deliveries_waiting",] == 1
        assert await rig.client.exists(f"{{ours}}:delivery:{oldest.id}-succeeded-tenant") == 0
