"""Jobs are told of while they change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from gateway import job_feed
from gateway.dialects.native.events import endpoints
from gateway.keys import JOB_FEED
from shared.jobs.events import Event
from shared.jobs.record import Cancellation, Job, Outcome, Phase, Progress, Status
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.memory.jobs import MemoryJobStore

EVENTS = "/api/v1/events"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_feed, "POLL_SECONDS", 0.02)


class Stream:
    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        self._lines = lines

    async def next_block(self) -> dict[str, str] | None:
        """Return the fields of the next event, or of a comment; None at the end."""
        block: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self._lines:
                if line == b"\n":
                    return block
                name, _, value = line.decode().rstrip("\n").partition(": ")
                block[name] = value
        return None

    async def next_job(self) -> tuple[str, Any]:
        block = await self.next_block()
        assert block is not None
        assert block["event"] == "job"
        return block["id"], orjson.loads(block["data"])


@asynccontextmanager
async def follow(
    client: Client, world: World, path: str, caller: str = "admin", last: str = ""
) -> AsyncIterator[Stream]:
    headers = {**world.as_(caller), **({"Last-Event-ID": last} if last else {})}
    async with client.get(path, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        stream = Stream(aiter(answer.content))
        assert await stream.next_block() == {"retry": "2000"}
        yield stream


def events_of(job: Job) -> str:
    return f"/api/v1/jobs/{job.id}/events"


async def finish(jobs: MemoryJobStore, job: Job) -> None:
    claim = await jobs.claim(Event(job_id=job.id, attempt=1), "nonce")
    assert claim is not None
    await jobs.finish(claim, Outcome(status=Status.CLOSED))


async def test_a_job_is_followed_to_its_end(client: Client, world: World) -> None:
    job = await submit(world, "user")
    async with follow(client, world, events_of(job), "user") as stream:
        assert (await stream.next_job())[1]["status"] == "created"
        claim = await world.jobs.claim(Event(job_id=job.id, attempt=1), "nonce")
        assert claim is not None
        assert (await stream.next_job())[1]["status"] == "in_progress"
        await world.jobs.renew(claim, Progress(phase=Phase.NODES, nodes_done=7))
        assert (await stream.next_job())[1]["progress"]["nodes_done"] == 7
        await world.jobs.finish(claim, Outcome(status=Status.CLOSED))
        assert (await stream.next_job())[1]["status"] == "closed"
        assert await stream.next_block() is None


async def test_whoever_comes_back_goes_on_from_there(client: Client, world: World) -> None:
    job = await submit(world, "user")
    async with follow(client, world, events_of(job), "user") as stream:
        last, _ = await stream.next_job()
    await asyncio.sleep(0.01)
    await finish(world.jobs, job)
    async with follow(client, world, events_of(job), "user", last) as stream:
        end, told = await stream.next_job()
        assert told["status"] == "closed"
        assert await stream.next_block() is None
    answer = await client.get(events_of(job), headers={**world.as_("user"), "Last-Event-ID": end})
    assert answer.status == 204


async def test_silence_is_filled(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "HEARTBEAT_SECONDS", 0.02)
    async with follow(client, world, EVENTS) as stream:
        assert await stream.next_block() == {"": "still here"}


async def test_silence_is_filled_while_others_are_busy(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "HEARTBEAT_SECONDS", 1.0)

    async def be_busy() -> None:
        while True:
            job = await submit(world, "user")
            await world.jobs.request_cancel(job.id, Cancellation(reason=None, by="user", at=job.created))
            await asyncio.sleep(0.01)

    others = asyncio.create_task(be_busy())
    async with follow(client, world, EVENTS, "other") as stream:
        assert await stream.next_block() == {"": "still here"}
    others.cancel()


async def test_a_tenants_jobs_are_followed_as_far_as_one_sees_them(client: Client, world: World) -> None:
    async with (
        follow(client, world, EVENTS, "admin") as admin,
        follow(client, world, EVENTS, "other") as other,
        follow(client, world, EVENTS, "stranger") as stranger,
    ):
        await asyncio.sleep(0.1)
        theirs, foreign = await submit(world, "user"), await submit(world, "stranger", tenant="globex")
        own = await submit(world, "other")
        assert {(await admin.next_job())[1]["id"], (await admin.next_job())[1]["id"]} == {theirs.id, own.id}
        assert (await other.next_job())[1]["id"] == own.id
        assert (await stranger.next_job())[1]["id"] == foreign.id


async def test_a_listing_goes_on_from_where_it_was(client: Client, world: World) -> None:
    job = await submit(world, "user")
    await asyncio.sleep(0.01)
    ended = await submit(world, "user")
    await world.jobs.request_cancel(ended.id, Cancellation(reason=None, by="user", at=job.created))
    last = f"{round(job.updated.timestamp() * 1000)}-0"
    async with follow(client, world, EVENTS, "user", last) as stream:
        assert (await stream.next_job())[1]["id"] == ended.id


async def test_of_events_of_one_moment_none_is_lost(client: Client, world: World) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    world.jobs.clock = lambda: moment
    async with follow(client, world, EVENTS) as stream:
        jobs = [await submit(world, "user") for _ in range(3)]
        moment += timedelta(seconds=1)
        ids, told = zip(*[await stream.next_job() for _ in jobs], strict=True)
    assert len(set(ids)) == 3
    assert {each["updated"] for each in told} == {"2026-01-01T00:00:00.000Z"}
    async with follow(client, world, EVENTS, last=ids[0]) as stream:
        assert [await stream.next_job() for _ in range(2)] == list(zip(ids[1:], told[1:], strict=True))
        later = await submit(world, "user")
        moment += timedelta(seconds=1)
        assert (await stream.next_job())[1]["id"] == later.id


async def test_a_job_that_ends_in_the_moment_it_was_told_of_is_told_of_again(client: Client, world: World) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    world.jobs.clock = lambda: moment
    job = await submit(world, "user")
    async with follow(client, world, events_of(job), "user") as stream:
        first, _ = await stream.next_job()
        await world.jobs.request_cancel(job.id, Cancellation(reason=None, by="user", at=job.created))
        moment += timedelta(seconds=1)
        end = await stream.next_job()
        assert await stream.next_block() is None
    async with follow(client, world, events_of(job), "user", first) as stream:
        assert await stream.next_job() == end
    answer = await client.get(events_of(job), headers={**world.as_("user"), "Last-Event-ID": end[0]})
    assert answer.status == 204


async def test_an_old_id_costs_a_part_of_the_history(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MOST_MISSED", 3)
    ended = []
    for _ in range(5):
        for user in ("user", "other"):
            ended.append(await submit(world, user))
            await world.jobs.request_cancel(ended[-1].id, Cancellation(reason=None, by=user, at=ended[-1].created))
            await asyncio.sleep(0.002)
    running = await submit(world, "user")
    await asyncio.sleep(0.002)
    for caller, missed in (("admin", ended[-3:]), ("user", ended[-6::2])):
        async with follow(client, world, EVENTS, caller, "1-0") as stream:
            told = [(await stream.next_job())[1]["id"] for _ in range(4)]
        assert told == [each.id for each in (*missed, running)]


async def test_many_who_watch_cost_one_look(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    read = MemoryJobStore.read_listing

    async def count(self: MemoryJobStore, *args: Any, **named: Any) -> Any:
        nonlocal looks
        looks += 1
        return await read(self, *args, **named)

    monkeypatch.setattr(MemoryJobStore, "read_listing", count)
    monkeypatch.setattr(job_feed, "POLL_SECONDS", 10.0)
    async with follow(client, world, EVENTS), follow(client, world, EVENTS), follow(client, world, EVENTS, "user"):
        await asyncio.sleep(0.05)
    assert looks == 1


async def test_a_stop_ends_them(client: Client, world: World) -> None:
    assert client.app is not None
    async with follow(client, world, EVENTS) as stream:
        client.app[JOB_FEED].end()
        while (block := await stream.next_block()) is not None:
            assert block == {"": "still here"}


async def test_a_strangers_job_is_unknown(client: Client, world: World) -> None:
    job = await submit(world, "user")
    for caller in ("other", "stranger"):
        assert (await client.get(events_of(job), headers=world.as_(caller))).status == 404


async def test_an_odd_event_id_is_refused(client: Client, world: World) -> None:
    answer = await client.get(EVENTS, headers={**world.as_("user"), "Last-Event-ID": "x"})
    assert answer.status == 400
