"""Each alert fires in a Prometheus that runs when its fault is there, and is quiet again when it is gone."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from infra.monitoring.alerts import ALERTS
from shared.jobs.events import Event
from shared.jobs.record import MAX_CRASHES, Failure, Outcome, Status
from shared.ports.jobs import JobStore
from shared.resources import open_job_store
from tests.faults.conftest import SHORT_LEASES
from tests.support.archives.small import make_archive
from tests.support.faults.fleets import PATIENCE_SECONDS, Fleet, Room, open_fleet, wait_for
from tests.support.faults.prometheus import Prometheus, is_installed, open_prometheus
from tests.support.faults.submitting import APPLICATION
from tests.support.faults.versions import CHECKOUT, Version
from tests.support.full_volumes import can_have_volumes
from tests.support.holding import paused
from tests.support.stacks.engines import SessionEngines
from tests.support.stacks.stacks import ENDED

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs prometheus (Debian, Ubuntu: prometheus)")

TENANT = "acme"
PRESENT = Version(name="new", tree=CHECKOUT)

VOLUME_BYTES = 24 * 1024**2
"""Of each gateway's archives, where the system lets a test have volumes of its own."""
PIECE_BYTES = VOLUME_BYTES // 24
HAS_VOLUMES = can_have_volumes(Path("/tmp"))

CODES = {
    "INTERNAL_ERROR": "GraphferryInternalError",
    "DATABASE_UNAVAILABLE": "GraphferryDatabaseUnavailable",
    "JOB_UNSUPPORTED": "GraphferryVersionsDiffer",
}

BROUGHT_ABOUT: set[str] = set()
"""The alerts whose faults tests here bring about."""


def fires(*names: str) -> pytest.MarkDecorator:
    """Tell a test which alerts its fault is to bring about."""
    BROUGHT_ABOUT.update(names)
    return pytest.mark.parametrize("names", [names], ids=["-".join(names)])


@pytest.fixture(scope="module")
def fleet(checked_engines: SessionEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("watched")
    with open_fleet(
        folder,
        checked_engines,
        version=PRESENT,
        tenants=[TENANT],
        settings=SHORT_LEASES,
        volume_bytes=VOLUME_BYTES if HAS_VOLUMES else 0,
    ) as opened:
        opened.query("CREATE (:Application {Name: $name}), (:Steady {name: 'one'})", name=APPLICATION)
        yield opened
        opened.query("MATCH (n:Steady) DELETE n")
        opened.query("MATCH (n:Application {Name: $name}) DELETE n", name=APPLICATION)


@pytest.fixture(scope="module")
def prometheus(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    scraped = [room.metrics_url for room in fleet.gateways]
    with open_prometheus(tmp_path_factory.mktemp("prometheus"), scraped) as opened:
        yield opened


@pytest.fixture
def gateway(fleet: Fleet) -> Room:
    return fleet.rooms["gateway-1"]


def submit(fleet: Fleet, gateway: Room) -> str:
    body = {"database": "current", "export_app": APPLICATION}
    answer = fleet.client(gateway).request("POST", "/imaging/etl/api/app/export", body, tenant=TENANT)
    assert answer.status == 200, answer
    job_id: str = answer.body["success"]["uuid"]
    return job_id


def end_of(fleet: Fleet, gateway: Room, job_id: str) -> None:
    """Wait until a job has ended, so that its tenant may have another one run."""
    client = fleet.client(gateway)
    wait_for(lambda: client.request("GET", f"/api/v1/jobs/{job_id}").body["status"] in ENDED, f"{job_id} does not end")


def ask_store(fleet: Fleet, work: Callable[[JobStore], Awaitable[None]]) -> None:
    async def run() -> None:
        async with open_job_store(fleet.settings) as store:
            await work(store)

    asyncio.run(run())


@contextmanager
def workers_stopped(fleet: Fleet) -> Iterator[None]:
    for room in fleet.workers:
        room.stop()
    try:
        yield
    finally:
        for room in fleet.workers:
            room.become(PRESENT)


def repeat_until_firing(prometheus: Prometheus, names: Sequence[str], provoke: Callable[[], object]) -> None:
    """Bring the fault about again and again, as it goes on where nobody acts."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not set(names) <= (firing := prometheus.list_firing()):
        assert time.monotonic() < end, f"of {names} there are {firing}"
        provoke()


def test_nothing_fires_while_all_is_well(fleet: Fleet, prometheus: Prometheus, gateway: Room) -> None:
    end_of(fleet, gateway, submit(fleet, gateway))
    time.sleep(3)
    prometheus.wait_until_quiet(*BROUGHT_ABOUT)


@fires("GraphferryNoWorker", "GraphferryJobsDoNotStart")
def test_without_workers(fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]) -> None:
    with workers_stopped(fleet):
        job_id = submit(fleet, gateway)
        prometheus.wait_until_firing(*names)
    prometheus.wait_until_quiet(*names)
    end_of(fleet, gateway, job_id)


@pytest.mark.internal_error
@fires("GraphferryJobsFail", "GraphferryJobsTimeOut", *CODES.values())
def test_jobs_that_end_badly(fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]) -> None:
    """A worker of the test's own takes them, and says so."""
    outcomes = [
        Outcome(status=Status.CLOSED_BY_TIMEOUT),
        *(Outcome(status=Status.FAILED, failure=Failure(code=code, message="by hand")) for code in CODES),
    ]

    async def end_badly(store: JobStore) -> None:
        for outcome in outcomes:
            claim = await store.claim(Event(job_id=submit(fleet, gateway), attempt=1), "by/hand")
            assert claim is not None
            await store.finish(claim, outcome)

    with workers_stopped(fleet):
        repeat_until_firing(prometheus, names, lambda: ask_store(fleet, end_badly))
    prometheus.wait_until_quiet(*names)


@fires("GraphferrySchedulesFail")
def test_a_schedule_whose_application_is_gone(
    fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]
) -> None:
    client, work = fleet.client(gateway), {"database": "current", "applications": [{"name": "Fleeting"}]}
    fleet.query("CREATE (:Application {Name: 'Fleeting'}), (:Fleeting)")
    body = {"name": "yearly", "cron": "0 3 1 1 *", "time_zone": "UTC", "export": work}
    made = client.request("POST", "/api/v1/schedules", body, tenant=TENANT)
    fleet.query("MATCH (n) WHERE n:Fleeting OR n.Name = 'Fleeting' DELETE n")
    assert made.status == 201, made
    schedule = f"/api/v1/schedules/{made.body['id']}"
    repeat_until_firing(prometheus, names, lambda: client.request("POST", f"{schedule}/run", tenant=TENANT))
    assert client.request("DELETE", schedule, tenant=TENANT).status == 204
    prometheus.wait_until_quiet(*names)


@fires("GraphferryWorkersLost")
def test_workers_that_vanish(fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]) -> None:
    """Each claims an attempt, and is never heard of again."""
    jobs: list[str] = []

    async def vanish(store: JobStore) -> None:
        job = await store.get(jobs[-1]) if jobs else None
        if job is None or job.crashes >= MAX_CRASHES:
            jobs.append(submit(fleet, gateway))
        else:
            await store.claim(Event(job_id=job.id, attempt=job.attempt), f"gone/{job.attempt}")

    with workers_stopped(fleet):
        repeat_until_firing(prometheus, names, lambda: ask_store(fleet, vanish))
    for job_id in jobs:
        end_of(fleet, gateway, job_id)
    prometheus.wait_until_quiet(*names)


@fires("GraphferryClockOdd")
def test_a_clock_that_is_wrong(fleet: Fleet, prometheus: Prometheus, names: Sequence[str]) -> None:
    async def announce(store: JobStore) -> None:
        now = datetime.now(UTC)
        await store.announce("odd:1", started=now, now=now + timedelta(hours=1))

    repeat_until_firing(prometheus, names, lambda: ask_store(fleet, announce))
    prometheus.wait_until_quiet(*names)


@fires("GraphferryJobsWaitLong")
def test_jobs_that_wait_long(fleet: Fleet, prometheus: Prometheus, names: Sequence[str]) -> None:
    """Nobody waits for half an hour here: the store is told that some did."""
    with Redis.from_url(fleet.valkey.url) as client:

        def wait_long() -> None:
            client.hincrby("{fleet}:totals", "wait\x1fexport\x1f7200", 5)
            time.sleep(0.1)

        repeat_until_firing(prometheus, names, wait_long)
    prometheus.wait_until_quiet(*names)


@fires("GraphferryLoginsRefused")
def test_callers_with_a_bad_key(fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]) -> None:
    client, bad = fleet.client(gateway), {"X-API-KEY": "bad"}
    repeat_until_firing(prometheus, names, lambda: client.request("GET", "/api/v1/jobs", credentials=bad))
    prometheus.wait_until_quiet(*names)


@fires("GraphferryRequestsSlow")
def test_a_store_that_is_slow(fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]) -> None:
    job_id, client = submit(fleet, gateway), fleet.client(gateway)

    def read() -> int:
        return client.request("GET", f"/api/v1/jobs/{job_id}").status

    def read_slowly() -> None:
        with ThreadPoolExecutor() as pool, paused(fleet.valkey.pid):
            asking = [pool.submit(read) for _ in range(4)]
            time.sleep(1.2)
        assert [each.result() for each in asking] == [200] * 4
        time.sleep(0.7)  # a gateway whose store does not answer cannot be scraped either

    repeat_until_firing(prometheus, names, read_slowly)
    prometheus.wait_until_quiet(*names)


@fires("GraphferryGatewayDown")
def test_a_gateway_that_is_down(fleet: Fleet, prometheus: Prometheus, names: Sequence[str]) -> None:
    gateway = fleet.rooms["gateway-2"]
    gateway.stop()
    try:
        prometheus.wait_until_firing(*names)
    finally:
        gateway.become(PRESENT)
    prometheus.wait_until_quiet(*names)


@fires("GraphferryStoreUnreachable", "GraphferryRequestsFail", "GraphferryLoopErrors")
def test_a_store_that_is_down(fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]) -> None:
    fleet.valkey.kill()
    client = fleet.client(gateway)
    try:
        repeat_until_firing(prometheus, names, lambda: client.request("GET", "/api/v1/jobs"))
    finally:
        fleet.valkey.start()
    prometheus.wait_until_quiet(*names)


@pytest.mark.skipif(not HAS_VOLUMES, reason="needs user namespaces, for a volume of its own")
@fires("GraphferryVolumeFills", "GraphferryVolumeFull")
def test_a_volume_that_fills(fleet: Fleet, prometheus: Prometheus, gateway: Room, names: Sequence[str]) -> None:
    client, archives, statuses = fleet.client(gateway), "/api/v1/archives", list[int]()
    filling = make_archive("Filling", texts=[random.Random(1).randbytes(PIECE_BYTES).hex()])

    def upload() -> None:
        if 507 not in statuses:
            path = f"{archives}/{len(statuses)}.zip"
            statuses.append(client.request("PUT", path, filling, tenant=TENANT).status)
            assert statuses[-1] in {201, 507}
        time.sleep(0.2)

    repeat_until_firing(prometheus, names, upload)
    for number, status in enumerate(statuses):
        if status == 201:
            assert client.request("DELETE", f"{archives}/{number}.zip", tenant=TENANT).status == 204
    prometheus.wait_until_quiet(*names)


def test_no_alert_was_left_out() -> None:
    assert {each.name for each in ALERTS} == BROUGHT_ABOUT
