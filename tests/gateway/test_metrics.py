"""Requests and jobs are counted, and shown on a port of their own."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import structlog
from aiohttp.test_utils import TestClient, TestServer
from pytest_aiohttp.plugin import AiohttpClient
from typing_extensions import override

from gateway.app import create_app
from gateway.archives.measuring import make_measuring, make_open_measuring
from gateway.keys import METRICS
from gateway.middlewares.observation import create_metrics_app
from infra.monitoring.alerts import ALERTS
from infra.monitoring.dashboard import PANELS
from shared.errors import StoreUnavailableError
from shared.jobs.events import Event
from shared.jobs.record import Failure, Outcome, Status
from shared.ports.jobs import Totals
from shared.resources import Resources
from tests.gateway.conftest import Client, StartGateway, World
from tests.gateway.dialects.native.test_jobs import submit
from tests.support.memory.jobs import MemoryJobStore
from tests.support.promtool import NEEDS_PROMTOOL, promtool
from tests.support.rounds import do_rounds


async def test_requests_are_counted_by_route_and_status(client: Client, world: World) -> None:
    await client.get("/livez")
    await client.get("/api/v1/jobs/whatever")
    await client.get("/some/path/of/a/scanner")
    body = {"database": "source", "export_app": "MyApp"}
    await client.post("/imaging/etl/api/app/export", json=body, headers=world.as_("admin"))
    text = client.app[METRICS].render().decode()
    assert 'graphferry_requests_total{method="GET",route="livez",status="200"} 1.0' in text
    assert 'graphferry_requests_total{method="GET",route="jobs.get",status="401"} 1.0' in text
    assert 'graphferry_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert 'graphferry_jobs_submitted_total{kind="export",surface="imaging"} 1.0' in text
    assert 'graphferry_request_seconds_count{route="livez"} 1.0' in text
    assert "scanner" not in text


async def test_a_request_sent_twice_is_counted_as_the_one_job_that_it_is(client: Client, world: World) -> None:
    body = {"database": "source", "applications": [{"name": "MyApp"}]}
    for _ in range(2):
        await client.post("/api/v1/exports", json=body, headers={**world.as_("admin"), "Idempotency-Key": "k"})
    assert 'submitted_total{kind="export",surface="native"} 1.0' in client.app[METRICS].render().decode()


async def test_the_clocks_of_workers_are_shown(client: Client, world: World) -> None:
    now = datetime.now(UTC)
    await world.jobs.announce("one:1", started=now, now=now + timedelta(seconds=3600))
    await client.app[METRICS].look(world.resources())
    assert 'graphferry_worker_clock_ahead_seconds{worker="one:1"} 3' in client.app[METRICS].render().decode()


async def scrape(client: Client, resources: Resources) -> str:
    assert client.app is not None
    async with TestClient(TestServer(create_metrics_app(client.app[METRICS], resources))) as scraper:
        return await (await scraper.get("/metrics")).text()


async def test_what_the_store_counts_is_shown(client: Client, world: World) -> None:
    first = await submit(world)
    await submit(world)
    await submit(world, tenant="globex")
    claim = await world.jobs.claim(Event(job_id=first.id, attempt=1), "one/1")
    assert claim is not None
    failure = Failure(code="SOURCE_CHANGED", message="no")
    await world.jobs.finish(claim, Outcome(status=Status.FAILED, failure=failure))
    world.settings.archives_dir.mkdir(parents=True, exist_ok=True)
    text = await scrape(client, world.resources())
    assert 'graphferry_jobs_unfinished{kind="export",status="created",surface="imaging"} 2.0' in text
    ended = 'graphferry_jobs_ended_total{code="SOURCE_CHANGED",kind="export",status="failed",surface="imaging"} 1.0'
    assert ended in text
    for name in ("graphferry_job_wait_seconds", "graphferry_job_seconds"):
        assert f'{name}_bucket{{kind="export",le="5"}} 1.0' in text
        assert f'{name}_count{{kind="export"}} 1.0' in text
    assert 'graphferry_archives_volume_bytes{part="free"}' in text
    assert "graphferry_build_info" in text
    assert "acme" not in text


async def test_tenants_are_shown_where_settings_want_it(client: Client, world: World) -> None:
    await submit(world, tenant="globex")
    settings = world.settings.model_copy(update={"metrics_by_tenant": True})
    text = await scrape(client, replace(world.resources(), settings=settings))
    assert 'graphferry_jobs{status="created",tenant="globex"} 1.0' in text


class SlowStore(MemoryJobStore):
    """Answers a scrape when it is let; where it is away, not at all."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()
        self.is_asked = asyncio.Event()
        self.is_away = False

    @override
    async def read_totals(self) -> Totals:
        if self.is_away:
            raise StoreUnavailableError("away")
        self.is_asked.set()
        await self.may_answer.wait()
        return await super().read_totals()


async def test_a_second_scrape_sees_what_the_one_before_saw(client: Client, world: World) -> None:
    resources, slow = world.resources(), SlowStore()
    await submit(world)
    metrics = client.app[METRICS]
    await metrics.look(resources)
    scrape = asyncio.create_task(metrics.look(replace(resources, jobs=slow)))
    await slow.is_asked.wait()
    shown = metrics.render().decode()
    assert "graphferry_store_up 1.0" in shown
    assert "graphferry_store_seconds_count 1.0" in shown
    assert "graphferry_jobs_unfinished{" in shown
    slow.may_answer.set()
    await scrape


async def test_of_a_store_that_is_away_only_that_is_shown(client: Client, world: World) -> None:
    resources, slow = world.resources(), SlowStore()
    await submit(world)
    metrics = client.app[METRICS]
    await metrics.look(resources)
    slow.is_away = True
    with pytest.raises(StoreUnavailableError):
        await metrics.look(replace(resources, jobs=slow))
    shown = metrics.render().decode()
    assert "graphferry_store_up 0.0" in shown
    assert "graphferry_jobs_unfinished{" not in shown


@NEEDS_PROMTOOL
async def test_prometheus_takes_a_scrape(client: Client, world: World) -> None:
    await submit(world)
    world.settings.archives_dir.mkdir(parents=True, exist_ok=True)
    text = await scrape(client, world.resources())
    await asyncio.to_thread(promtool, "check", "metrics", given=text)


async def test_every_metric_that_is_asked_for_is_there(client: Client, world: World) -> None:
    text = await scrape(client, world.resources())
    asked = [*(each.expression for each in ALERTS), *(each.expression for each in PANELS)]
    named = {
        re.sub(r"_(total|bucket|count|sum)$", "", name)
        for each in asked
        for name in re.findall(r"\bgraphferry_[a-z_]+", each)
    }
    shown = {re.sub(r"_total$", "", line.split()[2]) for line in text.splitlines() if line.startswith("# TYPE")}
    assert named - shown == set()


async def test_metrics_have_a_port_of_their_own(aiohttp_client: AiohttpClient, world: World) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = world.settings.model_copy(update={"metrics_port": port})
    client = await aiohttp_client(create_app(settings, nullcontext(world.resources())))
    assert (await client.get("/metrics")).status == 404
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        answers = [await session.get(path) for path in ("/metrics", "/nothing")]
        assert [(each.status, each.headers["Server"]) for each in answers] == [(200, "graphferry"), (404, "graphferry")]
        assert "graphferry_requests" in await answers[0].text()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"s3cretmark\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert (b"MALFORMED_REQUEST" in answer, b"s3cretmark" in answer) == (True, False)


class OddStore(MemoryJobStore):
    reaped = 0

    @override
    async def reap(self) -> int:
        self.reaped += 1
        raise RuntimeError("odd")


async def test_errors_of_background_loops_are_counted(world: World, start_gateway: StartGateway) -> None:
    settings, store = world.settings.model_copy(update={"reap_seconds": 0.01}), OddStore()
    with structlog.testing.capture_logs():
        client = await start_gateway(replace(world.resources(), settings=settings, jobs=store))
        async with asyncio.timeout(20):
            while store.reaped < 3:  # noqa: ASYNC110 - a store tells nobody
                await asyncio.sleep(0.01)
        text = client.app[METRICS].render().decode()
    found = re.search(r'^graphferry_loop_errors_total\{loop="reaper"\} (\d+)\.0$', text, re.MULTILINE)
    assert found is not None
    assert int(found[1]) >= 2


async def test_all_background_loops_run(client: Client) -> None:
    assert client.app is not None
    assert {task.get_name() for task in asyncio.all_tasks()} >= {"reaper", "uploads"}


async def test_the_bytes_of_each_tenant_are_measured_beside_the_scrapes(client: Client, world: World) -> None:
    assert client.app is not None
    metrics = client.app[METRICS]
    world.archives.put("acme", "a.zip", b"x" * 30)
    assert 'tenant="acme"' not in await scrape(client, world.resources())
    measuring = make_measuring(world.resources(), metrics.archives.show)
    rounds = await do_rounds(measuring, 1)
    world.archives.put("acme", "b.zip", b"x" * 30)
    for _ in range(2):
        text = await scrape(client, world.resources())
        assert 'graphferry_tenant_archives_bytes{tenant="acme"} 30.0' in text
        assert 'graphferry_tenant_archives_bytes{tenant="globex"} 0.0' in text
    assert rounds.counted == []
    assert rounds.pauses[0] >= 60
    await world.identity.remove_tenant("globex", lambda _: None)
    await do_rounds(measuring, 1)
    text = await scrape(client, world.resources())
    assert 'graphferry_tenant_archives_bytes{tenant="acme"} 60.0' in text
    assert "globex" not in text


async def test_uploads_under_way_are_counted_beside_the_scrapes(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.app is not None
    counted = 0

    async def measure_open() -> int:
        nonlocal counted
        counted += 1
        return 5_000_000

    monkeypatch.setattr(world.archives, "measure_open", measure_open)
    assert "graphferry_open_multipart_bytes 0.0" in await scrape(client, world.resources())
    await do_rounds(make_open_measuring(world.archives, client.app[METRICS].archives.show_open), 1)
    for _ in range(2):
        assert "graphferry_open_multipart_bytes 5e+06" in await scrape(client, world.resources())
    assert counted == 1


async def test_tenants_are_measured_only_where_settings_want_it(start_gateway: StartGateway, world: World) -> None:
    world.archives.put("acme", "a.zip", b"x" * 30)
    for wanted in (False, True):
        settings = world.settings.model_copy(update={"metrics_by_tenant": wanted})
        resources = replace(world.resources(), settings=settings)
        client = await start_gateway(resources)
        assert client.app is not None
        found = any(task.get_name() == "archive bytes" for task in asyncio.all_tasks())
        assert found == wanted
