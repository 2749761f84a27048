"""The version before and this one run side by side, whichever is put in the place of the other."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from shared.resources import open_job_store
from tests.faults.conftest import SHORT_LEASES, write_application
from tests.support.comparer import compare
from tests.support.faults.callers import Caller, Callers, Submitted, calling
from tests.support.faults.fleets import DATABASE, Fleet, Room, make_environ, open_fleet, wait_for
from tests.support.faults.stacks import has_ended
from tests.support.faults.versions import (
    CHECKOUT,
    LAST_RELEASE,
    NoHistoryError,
    NoWheelError,
    Version,
    install_wheel,
    take_tree,
)
from tests.support.least_rights import read_users
from tests.support.stacks.engines import SessionEngines
from tests.support.stacks.stacks import ENDED

TENANTS = [f"tenant-{number:03}" for number in range(9)]
CALLERS = 3

SIZES = {"RolledSmall": 20, "RolledLarge": 1_200}
"""Applications, and how many nodes each has."""
LARGE = "RolledLarge"
COPY = "RolledCopy"

ORDER = ("worker-1", "gateway-1", "worker-2", "gateway-2")

NEW = Version(name="new", tree=CHECKOUT, settings={"DRAIN_SECONDS": "20"})


@pytest.fixture(scope="module")
def wheel() -> Path | NoWheelError:
    """Where what users have installed is, or why there is none."""
    try:
        return install_wheel(LAST_RELEASE)
    except NoWheelError as error:
        return error
    except NoHistoryError as error:
        pytest.skip(f"the version before cannot be run: {error}")


@pytest.fixture(scope="module")
def old(wheel: Path | NoWheelError, tmp_path_factory: pytest.TempPathFactory) -> Version:
    """The version before: its tree, where its wheel cannot be had."""
    if isinstance(wheel, NoWheelError):
        wheel = take_tree(LAST_RELEASE, tmp_path_factory.mktemp("history") / "old")
    return Version(name="old", tree=wheel)


@pytest.fixture(scope="module")
def fleet(old: Version, checked_engines: SessionEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    with open_fleet(folder, checked_engines, version=old, tenants=TENANTS, settings=SHORT_LEASES) as opened:
        for name, nodes in SIZES.items():
            for statement in write_application(name, nodes):
                opened.query(statement)
        yield opened
        for name in (*SIZES, COPY):
            remove(opened, name)


def remove(fleet: Fleet, name: str) -> None:
    fleet.query("MATCH (n:$($name)) DETACH DELETE n", name=name)
    fleet.query("MATCH (n:Application {Name: $name}) DELETE n", name=name)


def ask(fleet: Fleet, gateway: Room, path: str, tenant: str = TENANTS[0]) -> Any:
    answer = fleet.client(gateway).request("GET", path, tenant=tenant)
    assert answer.status == 200, (gateway.name, gateway.version.name, path, answer)
    return answer.body


WHENCE = "import gateway, handlers, shared; print(*(each.__file__ for each in (gateway, handlers, shared)))"


def test_each_version_runs_from_its_own_folder(old: Version) -> None:
    for version in (old, NEW):
        command, environ = [sys.executable, "-c", WHENCE], make_environ(version, {})
        ended = subprocess.run(command, env=environ, cwd=version.tree, capture_output=True, text=True, check=True)
        assert [Path(each).parents[1] for each in ended.stdout.split()] == [version.tree] * 3
    assert old.tree != NEW.tree


def test_the_version_before_is_what_users_install(wheel: Path | NoWheelError) -> None:
    if isinstance(wheel, NoWheelError):
        pytest.skip(f"the version before runs from its tree, for its wheel cannot be built: {wheel}")
    assert list(wheel.glob("graphferry-*.dist-info/WHEEL"))
    assert not (wheel / "tests").exists()


def test_both_versions_run_side_by_side(fleet: Fleet, old: Version, rng: random.Random) -> None:
    callers = make_callers(fleet, rng)
    with calling(callers):
        for room in fleet.rooms.values():
            callers.wait_for_more(room, ended=3)
        for version in (NEW, old):
            for name in ORDER:
                room = fleet.rooms[name]
                room.become(version)
                callers.wait_for_more(room, ended=8)
                require_same_shown(fleet, list(callers.ended.values())[-10:])
                assert read_users(fleet.valkey.url) == {f"ferry-{fleet.settings.installation}-before"}
    assert not callers.errors
    assert [odd for caller in callers.each for odd in caller.odd] == []
    assert [left for caller in callers.each for left in caller.unfinished] == []
    require_good_ends(fleet, callers)


def make_callers(fleet: Fleet, rng: random.Random) -> Callers:
    shares = [TENANTS[number::CALLERS] for number in range(CALLERS)]
    return Callers(
        fleet=fleet,
        each=[
            Caller(fleet=fleet, tenants=share, applications=tuple(SIZES), chance=random.Random(rng.random()))
            for share in shares
        ],
    )


def require_same_shown(fleet: Fleet, jobs: Sequence[Submitted]) -> None:
    """Require that both gateways show the same of ended jobs, in what both know of, and all workers."""
    first, second = fleet.gateways
    for each in jobs:
        one, other = (ask(fleet, gateway, f"/api/v1/jobs/{each.id}", each.tenant) for gateway in (first, second))
        assert has_ended(one), one
        assert [name for name in one.keys() & other.keys() if one[name] != other[name]] == [], (one, other)
        for gateway in (first, second):
            listed = ask(fleet, gateway, "/api/v1/jobs?limit=500", each.tenant)["jobs"]
            assert each.id in [job["id"] for job in listed]
    pids = {room.pid for room in fleet.workers}
    for gateway in (first, second):
        assert pids <= {worker["pid"] for worker in ask(fleet, gateway, "/api/v1/overview")["workers"]}


def require_good_ends(fleet: Fleet, callers: Callers) -> None:
    """Require that every answered job has ended once, as closed, or as cancelled where that was asked."""
    statuses = {job_id: status for caller in callers.each for job_id, status in caller.statuses.items()}
    for job_id, job in callers.ended.items():
        wanted = {"closed", "cancelled"} if job.is_cancelled else {"closed"}
        assert statuses[job_id] in wanted, (job, statuses[job_id], read_log(fleet, job))
        assert count_ends(fleet, job_id) == 1, (job, read_log(fleet, job))
    assert {"closed", "cancelled"} == set(statuses.values())
    assert {job.accepted_by for job in callers.ended.values()} == {"old", "new"}


def count_ends(fleet: Fleet, job_id: str) -> int:
    """Count how often a script of the store has ended the job."""
    with Redis.from_url(fleet.valkey.url, decode_responses=True) as client:
        noted = client.xrange(f"{fleet.settings.installation}:history:{job_id}")
    return sum(fields["event"] in ENDED for _, fields in noted)


def read_log(fleet: Fleet, job: Submitted) -> Sequence[Mapping[str, Any]]:
    text = fleet.settings.logs_dir / job.tenant / f"{job.id}.jsonl"
    return [orjson.loads(line) for line in text.read_bytes().splitlines()] if text.exists() else []


async def test_what_the_version_before_does_not_count_is_counted_after_it(fleet: Fleet, old: Version) -> None:
    """An old gateway's jobs are in no count until a reaper of this version counts anew."""
    for worker in fleet.workers:
        worker.stop()
    fleet.gateways[0].become(old)
    submitted = [submit_export(fleet, fleet.gateways[0], tenant) for tenant in TENANTS]
    async with open_job_store(fleet.settings) as store:

        async def count() -> int:
            with Redis.from_url(fleet.valkey.url) as client:
                client.delete(f"{fleet.settings.installation}:counted")
            await store.reap()
            totals, of_tenants = await store.read_totals(), await store.read_tenant_jobs()
            unfinished = [number for (family, *_), number in totals.items() if family == "unfinished"]
            assert sum(unfinished) == sum(of_tenants.values())
            assert min(unfinished, default=0) >= 0
            return sum(unfinished)

        assert await count() == len(submitted)
        for worker, version in zip(fleet.workers, (old, NEW), strict=True):
            worker.start(version)
        for job_id, tenant in zip(submitted, TENANTS, strict=True):
            assert wait_for_end(fleet, job_id, tenant)["status"] == "closed"
        assert await count() == 0


def submit_export(fleet: Fleet, gateway: Room, tenant: str) -> str:
    body = {"database": DATABASE, "applications": [{"name": LARGE}], "file_name": "rolled.zip"}
    answer = fleet.client(gateway).request("POST", "/api/v1/exports", body, tenant=tenant)
    assert answer.status == 202, answer
    job_id: str = answer.body["id"]
    return job_id


def wait_for_end(fleet: Fleet, job_id: str, tenant: str) -> Any:
    path = f"/api/v1/jobs/{job_id}"
    wait_for(lambda: has_ended(ask(fleet, fleet.gateways[0], path, tenant)), f"job {job_id} does not end")
    return ask(fleet, fleet.gateways[0], path, tenant)


@pytest.mark.parametrize("way", ["up", "back"])
def test_an_import_goes_on_with_the_other_version(fleet: Fleet, old: Version, way: str) -> None:
    """What one version has written of an application, and its journal, the other one takes over."""
    versions, tenant = [old, NEW] if way == "up" else [NEW, old], TENANTS[0]
    archive = wait_for_end(fleet, submit_export(fleet, fleet.gateways[0], tenant), tenant)["archive"]["name"]
    for _ in range(5):
        remove(fleet, COPY)
        job = import_across(fleet, archive, versions, tenant)
        assert job["status"] == "closed", job
        assert compare(fleet.place(LARGE), fleet.place(COPY)) == []
        if job["attempt"] > 1:
            break
    else:
        pytest.fail("every import has ended before its worker did")


def import_across(fleet: Fleet, archive: str, versions: Sequence[Version], tenant: str) -> Any:
    """Begin an import with a worker of the first version, end it with one of the second; give the job."""
    first, second = fleet.workers
    for worker in (first, second):
        worker.stop()
    first.start(versions[0])
    body = {"database": DATABASE, "import_app": archive, "import_as": COPY, "batch_size": 20}
    answer = fleet.client(fleet.gateways[0]).request("POST", "/imaging/etl/api/app/import", body, tenant=tenant)
    assert answer.status == 200, answer
    job_id = answer.body["success"]["uuid"]

    def has_written() -> bool:
        job = ask(fleet, fleet.gateways[0], f"/api/v1/jobs/{job_id}", tenant)
        return has_ended(job) or job["progress"]["nodes_done"] > 0

    wait_for(has_written, f"job {job_id} writes nothing")
    first.stop(signal.SIGINT)  # at once: neither version waits for the job
    second.start(versions[1])
    return wait_for_end(fleet, job_id, tenant)
