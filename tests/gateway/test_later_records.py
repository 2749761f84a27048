"""What a later version wrote into the shared store is shown, and disturbs nobody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiohttp import StreamReader
from aiohttp.test_utils import TestClient, TestServer

from gateway.keys import METRICS
from gateway.middlewares.observation import create_metrics_app
from handlers.attempts import endings
from handlers.attempts.context import Context, Handler
from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.lease import Leases
from shared.adapters.valkey.client import send
from shared.jobs.record import MAX_UNKNOWN_TO, Job, JobKind, Outcome
from shared.ports.jobs import WhenBusy
from shared.resources import Resources
from tests.gateway.conftest import Client, StartGateway, World
from tests.support.job_stores import ValkeyRig, make_job, open_valkey_rig
from tests.support.later_records import LATER, LaterRecord
from tests.support.workbench import run_to_close, undo_nothing

JOBS = "/api/v1/jobs"
SPARK = "/acme/api/v4"

ALL = pytest.mark.parametrize("record", LATER.values(), ids=LATER.keys())


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A gateway and a worker of this version at a real store."""

    world: World
    rig: ValkeyRig
    client: Client
    resources: Resources
    ran: list[str] = field(default_factory=list)
    """Ids of the jobs whose handler was started."""

    async def submit(self, tenant: str = "acme", **changes: Any) -> Job:
        return await self.rig.store.submit(
            make_job(tenant, **{"created_by": "user", **changes}), when_busy=WhenBusy.QUEUE
        )

    async def submit_later(self, record: LaterRecord) -> Job:
        job = await self.submit()
        await record.write(self.rig.client, self.rig.namespace, job.id)
        return job

    async def ask(self, path: str, caller: str = "admin", status: int = 200) -> Any:
        answer = await self.client.get(path, headers=self.world.as_(caller))
        assert answer.status == status, await answer.text()
        return await answer.json()

    async def list_ids(self, query: str = "", caller: str = "admin") -> set[str]:
        return {each["id"] for each in (await self.ask(f"{JOBS}{query}", caller))["jobs"]}

    async def work(self) -> None:
        """Answer all events."""

        async def run(job: Job, context: Context) -> Outcome:
            self.ran.append(job.id)
            return await run_to_close(job, context)

        leases = Leases(self.rig.store, self.world.settings, tracer=self.resources.tracer)
        handlers = {JobKind.EXPORT: Handler(run=run, undo=undo_nothing)}
        dispatcher = Dispatcher(resources=self.resources, handlers=handlers, leases=leases)
        async with asyncio.timeout(20):
            while events := [*await self.rig.queued("work"), *await self.rig.queued("undo")]:
                await dispatcher.dispatch(events[0])


@pytest.fixture
async def here(
    world: World, valkey_url: str, start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    monkeypatch.setattr(endings, "UNKNOWN_PAUSE_SECONDS", 0.0)
    async with open_valkey_rig(valkey_url, lease_seconds=60) as rig:
        resources = replace(world.resources(), jobs=rig.store)
        yield Installation(world=world, rig=rig, client=await start_gateway(resources), resources=resources)


@ALL
async def test_it_is_shown_with_its_neighbours(here: Installation, record: LaterRecord) -> None:
    running = await here.submit()
    job = await here.submit_later(record)
    behind = await here.submit()
    shown = await here.ask(f"{JOBS}/{job.id}")
    assert {name: shown[name] for name in record.shown} == record.shown
    assert await here.list_ids() == {running.id, job.id, behind.id}
    listed = {each["id"]: each for each in (await here.ask(JOBS))["jobs"]}
    assert listed[job.id] == {**shown, "queue": None}, "where it stands in the queue one answer alone tells"
    assert await here.list_ids("?status=created,in_progress&kind=export") >= {running.id, behind.id}
    assert await here.list_ids("?database=source&application=MyApp") <= {running.id, job.id, behind.id}


@ALL
async def test_whoever_may_not_see_all_sees_no_more_of_it(here: Installation, record: LaterRecord) -> None:
    job = await here.submit_later(record)
    shown = await here.ask(f"{JOBS}/{job.id}", "supervisor")
    assert shown["id"] == job.id
    text = orjson.dumps(shown).decode()
    assert [each for each in ("MyApp", "encrypt", "codec", "hint") if each in text] == []


@ALL
async def test_other_surfaces_show_it_and_its_neighbours(here: Installation, record: LaterRecord) -> None:
    running, job = await here.submit(), await here.submit_later(record)
    kind = record.shown.get("kind", "export")
    answer = await here.ask(f"{SPARK}/export/{job.id}/status", status=200 if kind == "export" else 404)
    if kind == "export":
        assert (answer["id"], answer["status"]) == (job.id, record.fields.get("status", "created"))
    exports = await here.ask(f"{SPARK}/export/status")
    assert running.id in {each["id"] for each in exports["in_progress_exports"]}
    await here.ask(f"{SPARK}/import/status")
    await here.ask("/api/v1/overview")


@ALL
async def test_the_figures_are_shown(here: Installation, record: LaterRecord) -> None:
    await here.submit_later(record)
    await here.submit()
    await here.submit("globex")
    app = create_metrics_app(here.client.app[METRICS], here.resources)
    async with TestClient(TestServer(app)) as scraper:
        answer = await scraper.get("/metrics")
        text = await answer.text()
    assert answer.status == 200
    assert re.search(r'^graphferry_jobs_unfinished\{.*status="created".*\} [1-9]', text, re.MULTILINE)


@ALL
async def test_the_feeds_tell_of_it(here: Installation, record: LaterRecord) -> None:
    await here.submit()
    job = await here.submit_later(record)
    headers = here.world.as_("admin")
    async with here.client.get(f"{JOBS}/{job.id}/events", headers=headers) as answer:
        assert answer.status == 200
        told = await _next_job(answer.content)
    assert {name: told[name] for name in record.shown} == record.shown
    since = {"Last-Event-ID": f"{round(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)}"}
    async with here.client.get("/api/v1/events", headers={**headers, **since}) as answer:
        assert answer.status == 200
        await _next_job(answer.content)


async def _next_job(lines: StreamReader) -> Any:
    async with asyncio.timeout(20):
        async for line in lines:
            if line.startswith(b"data: "):
                return orjson.loads(line.removeprefix(b"data: "))
    raise AssertionError("nothing was told")


@ALL
async def test_it_is_run_where_it_is_known_and_the_others_are_in_any_case(
    here: Installation, record: LaterRecord
) -> None:
    running, job, behind = await here.submit(), await here.submit_later(record), await here.submit()
    elsewhere = await here.submit("globex")
    await here.work()
    ended = {each.id: await here.ask(f"{JOBS}/{each.id}") for each in (running, job, behind)}
    assert {ended[each.id]["status"] for each in (running, behind)} == {"closed"}
    assert (await here.ask(f"{JOBS}/{elsewhere.id}", "stranger"))["status"] == "closed"
    assert (job.id in here.ran) == (not record.unknown and not record.has_ended)
    if record.unknown:
        failure = ended[job.id]["failure"]
        assert (ended[job.id]["status"], failure["code"]) == ("failed", "JOB_UNSUPPORTED")
        assert (ended[job.id]["attempt"], ended[job.id]["crashes"]) == (MAX_UNKNOWN_TO, 0)
        assert set(record.unknown) <= set(failure["details"])


@pytest.mark.parametrize("name", ["kind", "option", "submitter"])
async def test_one_that_holds_the_slot_leaves_it(here: Installation, name: str) -> None:
    job, behind = await here.submit_later(LATER[name]), await here.submit()
    await here.work()
    assert here.ran == [behind.id]
    assert (await here.rig.store.get(job.id)).unknown_to == MAX_UNKNOWN_TO - 1
    assert await here.rig.store.find_running("acme") is None


async def test_it_can_be_cancelled_while_it_waits(here: Installation) -> None:
    await here.submit()
    job = await here.submit_later(LATER["kind"])
    body, headers = {"status": "cancelled"}, here.world.as_("admin")
    answer = await here.client.patch(f"{JOBS}/{job.id}", json=body, headers=headers)
    assert (answer.status, (await answer.json())["status"]) == (200, "cancelled")


@pytest.mark.parametrize("caller", ["admin", "user"])
async def test_it_is_not_retried_here(here: Installation, caller: str) -> None:
    job = await here.submit_later(LATER["option"])
    await here.work()
    answer = await here.client.post(f"{JOBS}/{job.id}/retry", headers=here.world.as_(caller))
    told = await answer.json()
    assert (answer.status, told["code"]) == (409, "JOB_NOT_RETRIABLE")
    assert "'encrypt'" in told["detail"]


async def test_one_that_has_ended_in_an_unknown_way_is_not_cancelled(here: Installation) -> None:
    job = await here.submit_later(LATER["ended status"])
    answer = await here.client.patch(f"{JOBS}/{job.id}", json={"status": "cancelled"}, headers=here.world.as_("admin"))
    assert answer.status == 409
    assert (await here.rig.store.get(job.id)).cancel is None


@pytest.mark.parametrize("query", ["?status=paused", "?kind=mirror"])
async def test_unknown_words_of_callers_are_refused(here: Installation, query: str) -> None:
    await here.submit_later(LATER["everything"])
    await here.ask(f"{JOBS}{query}", status=400)


async def test_the_file_of_an_export_with_an_unknown_option_can_be_downloaded(here: Installation) -> None:
    record = LATER["option of an ended job"]
    archive = {"archive": {"name": "MyApp.zip", "bytes": 7, "sha256": "ab"}}
    job = await here.submit_later(replace(record, fields={**record.fields, **archive}))
    (file,) = (await here.ask(f"{SPARK}/export/{job.id}/status", "user"))["outputs"]["files"]
    assert file["file_hash"] == "ab"


async def test_more_that_is_counted_each_minute_is_left_out(here: Installation) -> None:
    await here.submit()
    (key,) = await here.rig.client.keys(f"{here.rig.namespace}:minutes:acme/*")
    (minute,) = {each.partition(":")[0] for each in await send(here.rig.client, "HKEYS", key)}
    await send(here.rig.client, "HSET", key, f"{minute}:labels", 3)
    (told,) = (await here.ask("/api/v1/overview"))["throughput"]
    assert "labels" not in told
