"""A gateway whose clock is not the store's goes by the store's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.keys import METRICS
from shared.api_keys import new_key
from shared.jobs.events import Event
from shared.jobs.record import Job, Outcome, Status
from tests.gateway.conftest import Client, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.clocks import set_process_clock
from tests.support.keys import admit, make_key

SPARK = "/acme/api/v4/export"


@pytest.fixture(
    params=[timedelta(minutes=90), timedelta(minutes=-90), timedelta(hours=25)],
    ids=["ahead", "behind", "a day ahead"],
    autouse=True,
)
def odd_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    assert client.app is not None  # what it imports is there
    set_process_clock(monkeypatch, request.param)


async def run(world: World, *, ends: bool) -> Job:
    job = await submit(world)
    claim = await world.jobs.claim(Event(job_id=job.id, attempt=job.attempt), "worker")
    assert claim is not None
    if ends:
        await world.jobs.finish(claim, Outcome(status=Status.CLOSED))
    return job


async def read(client: Client, world: World, path: str) -> Any:
    answer = await client.get(path, headers=world.as_("admin"))
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.mark.parametrize("minutes", [30, -30])
async def test_a_key_is_good_until_its_time_by_the_stores_clock(client: Client, world: World, minutes: int) -> None:
    text = new_key()
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    await admit(world.identity, make_key(text=text, user="ann", expires=expires))
    answer = await client.get("/api/v1/jobs", headers={"X-API-KEY": text})
    assert answer.status == (200 if minutes > 0 else 401)


async def test_a_key_is_made_and_changed_by_the_stores_clock(client: Client, world: World) -> None:
    now = datetime.now(UTC)
    for minutes, status in ((-30, 400), (30, 201)):
        body = {"expires": (now + timedelta(minutes=minutes)).isoformat()}
        made = await client.post("/api/v1/keys", json=body, headers=world.as_("admin"))
        assert made.status == status
    key = await made.json()
    changed = await client.post(f"/api/v1/keys/{key['id']}/rotate", headers=world.as_("admin"))
    left = datetime.fromisoformat((await changed.json())["expires"]) - now
    assert timedelta(minutes=29) < left < timedelta(minutes=31)
    assert (await client.get("/api/v1/jobs", headers={"X-API-KEY": (await made.json())["key"]})).status == 401


async def test_metrics_count_what_ended_of_late(client: Client, world: World) -> None:
    await run(world, ends=True)
    await client.app[METRICS].count_jobs(world.resources())
    assert 'graphferry_jobs{status="closed",tenant="acme"} 1.0' in client.app[METRICS].render().decode()


async def test_the_overview_tells_of_the_last_day(client: Client, world: World) -> None:
    await run(world, ends=True)
    assert [each["jobs_ended"] for each in (await read(client, world, "/api/v1/overview"))["throughput"]] == [1]


async def test_a_listing_shows_what_ended_of_late_and_how_long_others_have_run(client: Client, world: World) -> None:
    ended, running = await run(world, ends=True), await run(world, ends=False)
    told = await read(client, world, f"{SPARK}/status")
    assert [each["id"] for each in told["recent_exports"]] == [ended.id]
    (under_way,) = told["in_progress_exports"]
    assert under_way["id"] == running.id
    for data in (under_way["data"], await read(client, world, f"{SPARK}/{running.id}/status")):
        assert 0 <= data["process_time"] < 60
