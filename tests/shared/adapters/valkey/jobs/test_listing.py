"""What listings of jobs cost, and what they find of earlier versions; only a real server shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.adapters.valkey.client import send
from shared.adapters.valkey.jobs import listing
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.scripts import Scripts
from shared.jobs.events import Event
from shared.jobs.record import Job, JobKind, Outcome, Status
from shared.jobs.summaries import ArchiveFacts
from shared.ports.jobs import JobFilter, WhenBusy
from tests.support.job_stores import ValkeyRig, make_cancellation, make_job, open_valkey_rig

BOBS = JobFilter(created_by="bob")


@pytest.fixture
async def rig(valkey_url: str) -> AsyncIterator[ValkeyRig]:
    async with open_valkey_rig(valkey_url) as opened:
        yield opened


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "RECORDS_AT_ONCE", 4)


async def submit_ended(rig: ValkeyRig, count: int, created_by: str = "ann") -> list[Job]:
    ended = []
    for _ in range(count):
        job = await rig.store.submit(make_job(created_by=created_by), when_busy=WhenBusy.QUEUE)
        ended.append(await rig.store.request_cancel(job.id, make_cancellation()))
    return ended


async def count_looks(rig: ValkeyRig) -> Callable[[], Awaitable[int]]:
    """Begin to count how many records are looked at."""
    await rig.client.config_resetstat()

    async def read() -> int:
        statistics = await send(rig.client, "INFO", "commandstats")
        return sum(statistics.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("hmget", "hgetall"))

    return read


async def export_archive(rig: ValkeyRig, size: int) -> Job:
    job = await rig.store.submit(make_job(), when_busy=WhenBusy.REFUSE)
    claim = await rig.store.claim(Event(job_id=job.id, attempt=1), "n")
    assert claim is not None
    archive = ArchiveFacts(name="a.zip", bytes=size, sha256="0" * 64)
    assert await rig.store.finish(claim, Outcome(status=Status.CLOSED, archive=archive))
    return job


async def forget_indexes(rig: ValkeyRig) -> None:
    """Leave the store as a version did that kept no indexes by user."""
    kept = [name for kind in ("owned", "written") for name in await rig.client.keys(f"{{ours}}:{kind}:*")]
    await rig.client.delete("{ours}:indexed", *kept)


async def read_progress(rig: ValkeyRig) -> object:
    return await send(rig.client, "HGET", "{ours}:indexed", "acme")


async def test_a_users_listing_looks_at_no_records_of_others(rig: ValkeyRig) -> None:
    (own,) = await submit_ended(rig, 1, "bob")
    await submit_ended(rig, 20)
    read_looks = await count_looks(rig)
    page = await rig.store.list_jobs("acme", where=BOBS)
    assert [job.id for job in page.jobs] == [own.id]
    assert await read_looks() == 2  # whether it fits, then the whole of it


async def test_a_filter_that_finds_little_reads_no_whole_records_for_nothing(rig: ValkeyRig) -> None:
    await submit_ended(rig, 20)
    rare = JobFilter(statuses=frozenset({Status.FAILED}), kinds=frozenset({JobKind.EXPORT}))
    read_looks = await count_looks(rig)
    assert (await rig.store.list_jobs("acme", where=rare)).jobs == []
    assert await read_looks() == 20


@pytest.mark.usefixtures("few_at_once")
async def test_a_filter_that_finds_little_ends_with_a_cursor(rig: ValkeyRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "LOOKS_AT_MOST", 2)
    ended = await submit_ended(rig, 10)
    rare = JobFilter(application="Other")
    read_looks = await count_looks(rig)
    page = await rig.store.list_jobs("acme", where=rare)
    assert (page.jobs, await read_looks()) == ([], 8)
    assert page.next_cursor is not None
    assert page.next_cursor.endswith(ended[2].id)
    assert (await rig.store.list_jobs("acme", where=rare, cursor=page.next_cursor)).next_cursor is None


@pytest.mark.usefixtures("few_at_once")
async def test_jobs_of_earlier_versions_are_found_by_their_users(rig: ValkeyRig) -> None:
    early = [*await submit_ended(rig, 5, "bob"), *await submit_ended(rig, 5)]
    await forget_indexes(rig)
    late = await submit_ended(rig, 1, "bob")
    assert await read_progress(rig) is None
    found = [job.id for job in (await rig.store.list_jobs("acme", where=BOBS)).jobs]
    assert found == [job.id for job in reversed([*early[:5], *late])]
    assert await read_progress(rig) == ""
    assert len((await rig.store.list_jobs("acme", where=JobFilter(created_by="ann"))).jobs) == 5


@pytest.mark.usefixtures("few_at_once")
async def test_entering_what_is_missing_goes_on_where_it_was_interrupted(rig: ValkeyRig) -> None:
    await submit_ended(rig, 7, "bob")
    await forget_indexes(rig)
    scripts = Scripts(rig.client, Namespace("ours"), (400, 1_000_000, 3))
    assert await scripts.call("index_jobs", "acme", 4) == 0
    read_looks = await count_looks(rig)
    assert len((await rig.store.list_jobs("acme", where=BOBS)).jobs) == 7
    assert await read_looks() == 3 + 2 * 7  # those that were missing, then whether each fits and the whole of it


async def test_archives_of_earlier_versions_are_found_by_their_users(rig: ValkeyRig) -> None:
    await export_archive(rig, 7)
    await forget_indexes(rig)
    await export_archive(rig, 8)
    asked = [("a.zip", size) for size in (7, 8, 9)]
    assert await rig.store.find_written("acme", "ann", asked) == set(asked[:2])


async def test_an_archive_is_its_users_until_the_last_record_of_it_goes(rig: ValkeyRig) -> None:
    first = await export_archive(rig, 7)
    await export_archive(rig, 8)
    second = await export_archive(rig, 7)
    for job, kept_ms in ((first, 1), (second, 60_000)):
        await rig.client.pexpire(f"{{ours}}:job:{job.id}", kept_ms)
    await forget_indexes(rig)
    asked = [("a.zip", 7), ("a.zip", 8)]
    assert await rig.store.find_written("acme", "ann", asked) == set(asked)
    await rig.client.pexpire(f"{{ours}}:job:{second.id}", 2_000)
    await forget_indexes(rig)
    assert await rig.store.find_written("acme", "ann", asked) == set(asked)
    await asyncio.sleep(2.1)
    assert await rig.store.find_written("acme", "ann", asked) == {("a.zip", 8)}


async def test_an_index_goes_with_the_records_of_its_user(rig: ValkeyRig) -> None:
    await submit_ended(rig, 1, "bob")
    kept = 2 * 30 * 24 * 3600
    assert kept - 60 < await rig.client.ttl("{ours}:owned:acme/bob") <= kept
    await rig.client.zadd("{ours}:owned:acme/bob", {"0000000000001:old": 0})
    await submit_ended(rig, 1, "bob")
    assert await rig.client.zcard("{ours}:owned:acme/bob") == 2
