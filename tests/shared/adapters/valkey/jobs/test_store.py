"""What the job store does that only a real server shows."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from shared.adapters.valkey.client import open_valkey, send
from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.adapters.valkey.shared_reads import SharedReads, open_shared_reads
from shared.errors import NotDurableError, StoreUnavailableError
from shared.jobs.events import Event
from shared.jobs.record import Job, Outcome, Phase, Progress, Status
from shared.ports.jobs import Claim, JobFilter, Keeping, WhenBusy
from shared.settings.process import Settings
from tests.support.job_stores import ValkeyRig, make_cancellation, make_job, open_valkey_rig


@pytest.fixture
async def rig(valkey_url: str) -> AsyncIterator[ValkeyRig]:
    async with open_valkey_rig(valkey_url) as opened:
        yield opened


async def claim(rig: ValkeyRig, job: Job) -> Claim:
    taken = await rig.store.claim(Event(job_id=job.id, attempt=job.attempt), "n")
    assert taken is not None
    return taken


async def read_history(rig: ValkeyRig, job: Job) -> list[dict[str, str]]:
    entries: Any = await rig.client.xrange(f"{{ours}}:history:{job.id}")
    return [fields for _, fields in entries]


@asynccontextmanager
async def slow_disk(rig: ValkeyRig) -> AsyncIterator[None]:
    """Let the server leave its file to the operating system, so that it cannot confirm anything."""
    await rig.client.config_set("appendfsync", "no")
    try:
        yield
    finally:
        await rig.client.config_set("appendfsync", "always")


async def test_a_worker_whose_clock_lags_by_days_sees_new_events(rig: ValkeyRig) -> None:
    job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    seconds, _ = await rig.client.time()
    seen = await rig.client.zrangebyscore("{ours}:queue:work", "-inf", (seconds - 30 * 24 * 3600) * 1000)
    assert seen == [f"{job.id}:1"]


async def test_job_that_the_disk_does_not_confirm_is_withdrawn(rig: ValkeyRig) -> None:
    job = make_job()
    async with slow_disk(rig):
        with pytest.raises(NotDurableError, match="withdrawn"):
            await rig.store.submit(job, when_busy=WhenBusy.QUEUE)
    withdrawn = await rig.store.get(job.id)
    assert withdrawn.status is Status.CANCELLED
    assert withdrawn.cancel is not None
    assert withdrawn.cancel.reason == "not confirmed by disk and replicas"
    assert await rig.queued("work") == []


async def test_repeated_submission_withdraws_nothing(rig: ValkeyRig) -> None:
    new = make_job()
    job = await rig.store.submit(new, when_busy=WhenBusy.QUEUE)
    await claim(rig, job)
    async with slow_disk(rig):
        with pytest.raises(NotDurableError, match=job.id):
            await rig.store.submit(new, when_busy=WhenBusy.QUEUE)
    now = await rig.store.get(job.id)
    assert (now.status, now.cancel) == (Status.IN_PROGRESS, None)


async def test_server_without_append_only_file_accepts_and_says_so(rig: ValkeyRig) -> None:
    assert await rig.store.confirms_durability()
    await rig.client.config_set("appendonly", "no")
    try:
        assert not await rig.store.confirms_durability()
        assert (await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)).status is Status.CREATED
    finally:
        await rig.client.config_set("appendonly", "yes")


async def test_the_server_says_how_it_keeps_what_it_accepts(rig: ValkeyRig) -> None:
    good = Keeping(eviction="noeviction", is_appended=True, replicas=0)
    before = await rig.client.keys("*")
    found = await rig.store.read_keeping()
    assert replace(found, server=None) == good
    assert re.fullmatch(r"Valkey \d+\.\d+\.\d+", found.server or "")
    assert await rig.client.keys("*") == before
    await rig.client.config_set("maxmemory-policy", "allkeys-lru")
    await rig.client.config_set("min-replicas-to-write", "1")
    try:
        odd, refusal = await rig.store.read_keeping(), await rig.store.find_write_refusal()
    finally:
        await rig.client.config_set("maxmemory-policy", "noeviction")
        await rig.client.config_set("min-replicas-to-write", "0")
    assert odd.eviction == "allkeys-lru"
    assert "NOREPLICAS" in (refusal or "")


async def test_server_that_forgot_its_scripts_is_taught_again(rig: ValkeyRig) -> None:
    await rig.client.script_flush()
    job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    await rig.client.script_flush()
    assert await rig.store.claim(Event(job_id=job.id, attempt=1), "n") is not None


async def test_dead_server_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"redis://:s3cret@127.0.0.1:{unused.getsockname()[1]}/0"
        async with open_valkey(url) as client, open_shared_reads(client) as reads:
            store = ValkeyJobStore(client, Settings(valkey_url=url), reads=reads)
            calls = [
                store.get("a"),
                store.reap(),
                store.confirms_durability(),
                store.submit(make_job(), when_busy=WhenBusy.QUEUE),
                store.list_jobs("acme", where=JobFilter()),
                store.list_waiting("acme"),
            ]
            for call in calls:
                with pytest.raises(StoreUnavailableError, match="does not answer") as caught:
                    await call
                assert "s3cret" not in caught.value.message
            with pytest.raises(StoreUnavailableError):
                async with store.watch_cancels():
                    pass


async def test_history_tells_every_transition(rig: ValkeyRig) -> None:
    job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    first = await claim(rig, job)
    await rig.store.renew(first, Progress(phase=Phase.NODES, nodes_done=1))
    await rig.store.renew(first, Progress(phase=Phase.NODES, nodes_done=2))
    await rig.store.hand_off(first)
    second = await claim(rig, await rig.store.get(job.id))
    await rig.store.request_cancel(job.id, make_cancellation())
    await rig.store.finish(second, Outcome(status=Status.CANCELLED))
    told = [(entry["event"], entry["attempt"]) for entry in await read_history(rig, job)]
    assert told == [
        ("submitted", "0"),
        ("queued", "1"),
        ("claimed", "1"),
        ("phase", "1"),
        ("handed_off", "2"),
        ("claimed", "2"),
        ("cancel_requested", "2"),
        ("cancelled", "2"),
    ]


async def test_ended_jobs_expire_with_all_that_speaks_of_them(rig: ValkeyRig) -> None:
    job = await rig.store.submit(make_job(idempotency_key="k"), when_busy=WhenBusy.QUEUE)
    names = [f"{{ours}}:job:{job.id}", f"{{ours}}:history:{job.id}", "{ours}:idempotency:acme/k"]
    assert [await rig.client.ttl(name) for name in names] == [-1, -1, -1]
    await rig.store.finish(await claim(rig, job), Outcome(status=Status.CLOSED, report="{}"))
    names.append(f"{{ours}}:report:{job.id}")
    left = [await rig.client.ttl(name) for name in names]
    assert all(30 * 86400 - 60 < seconds <= 30 * 86400 for seconds in left)
    assert await rig.client.keys("*arq:*") == []
    await rig.client.delete(*names)
    assert (await rig.store.list_jobs("acme", where=JobFilter())).jobs == []
    assert (await rig.store.submit(make_job(idempotency_key="k"), when_busy=WhenBusy.REFUSE)).id != job.id


async def test_slot_of_a_vanished_or_ended_holder_is_free(rig: ValkeyRig) -> None:
    gone = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    waiting = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    await rig.client.delete(f"{{ours}}:job:{gone.id}")
    assert await rig.store.reap() == 1
    assert (await rig.store.get(waiting.id)).attempt == 1
    await rig.client.delete(f"{{ours}}:job:{waiting.id}")
    assert (await rig.store.submit(make_job(), when_busy=WhenBusy.REFUSE)).attempt == 1


async def test_installations_share_a_server_apart(valkey_url: str, rig: ValkeyRig) -> None:
    job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    reads = SharedReads(rig.client)
    other = ValkeyJobStore(rig.client, Settings(valkey_url=valkey_url, installation="theirs"), reads=reads)
    assert (await other.list_jobs("acme", where=JobFilter())).jobs == []
    assert (await other.submit(make_job(), when_busy=WhenBusy.REFUSE)).id != job.id


async def test_what_no_count_knows_is_counted_by_the_reaper(rig: ValkeyRig) -> None:
    """So are jobs of an earlier version."""
    for _ in range(3):
        await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    right = await rig.store.read_totals(), await rig.store.read_tenant_jobs()
    await send(rig.client, "HSET", "{ours}:totals", "unfinished\x1fcreated\x1fnative\x1fexport", -7)
    await send(rig.client, "HSET", "{ours}:tenant_jobs", "long gone\x1fcreated", 3)
    await rig.store.reap()
    assert (await rig.store.read_totals(), await rig.store.read_tenant_jobs()) == right
    await rig.client.delete("{ours}:tenant_jobs")
    await rig.store.reap()
    assert await rig.store.read_tenant_jobs() == {}, "not again so soon"


async def test_jobs_that_an_earlier_version_accepted_take_no_count_below_zero(rig: ValkeyRig) -> None:
    job = await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    await rig.client.delete("{ours}:totals", "{ours}:tenant_jobs")
    await rig.store.request_cancel(job.id, make_cancellation())
    totals = await rig.store.read_totals()
    assert {number for (family, *_), number in totals.items() if family == "unfinished"} == {0}


async def test_a_worker_of_an_earlier_version_drains_for_no_other_of_its_name(rig: ValkeyRig) -> None:
    """It tells that it lives and when it started, nothing of draining."""
    now = await rig.store.read_clock()
    for name in ("a:1", "b:1"):
        await rig.store.announce(name, started=now, now=now, is_draining=True)
    await send(rig.client, "HSET", "{ours}:worker_starts", "a:1", round(now.timestamp() * 1000) + 5_000)
    listed = {each.name: each.is_draining for each in await rig.store.list_workers()}
    assert listed == {"a:1": False, "b:1": True}
    await send(rig.client, "ZREM", "{ours}:workers", "b:1")
    await send(rig.client, "HDEL", "{ours}:worker_starts", "b:1")
    await rig.store.announce("c:1", started=now, now=now)
    assert await send(rig.client, "HKEYS", "{ours}:worker_draining") == ["a:1"]


async def test_thousands_of_slots_are_reaped_a_part_at_a_time(rig: ValkeyRig) -> None:
    jobs = [await rig.store.submit(make_job(tenant=f"t{number}"), when_busy=WhenBusy.QUEUE) for number in range(1_500)]
    for job in jobs:
        await rig.lose_event(Event(job_id=job.id, attempt=1))
    repaired = [await rig.store.reap() for _ in range(10)]
    assert sum(repaired) == len(jobs)
    assert max(repaired) < len(jobs) / 2
