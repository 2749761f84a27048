"""Archives in an object store behind a bad line outlive gateways and workers that die: whole, once, without rests."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis

from shared.adapters.s3.archives import S3Archives
from shared.adapters.s3.client import open_bucket
from shared.adapters.s3.conditions import Conditional
from shared.adapters.s3.copying import Copying
from shared.adapters.s3.quotas import Growth
from shared.adapters.s3.scratch import Scratch
from shared.adapters.s3.store import ObjectStore
from shared.adapters.s3.uploads import S3Uploads
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.layouts import guess_namespace
from shared.adapters.valkey.leases import LEASE_SECONDS, ValkeyLeases
from shared.archive.inspection.inspection import inspect
from shared.settings.process import Settings
from tests.faults.conftest import SHORT_LEASES, Scale, write_application
from tests.faults.report import Figures
from tests.support.archives.small import make_archive
from tests.support.buckets import BucketView, Found
from tests.support.comparer import read_content
from tests.support.faults.fleets import Fleet, Room, open_fleet, wait_for
from tests.support.faults.movers import Downloads, Jobs, Line, Movers, Uploads, is_whole
from tests.support.faults.object_line import NO_TROUBLE, ObjectLine, Trouble, open_object_line
from tests.support.faults.versions import CHECKOUT, Version
from tests.support.object_stores import choose_prefix, credentials
from tests.support.stacks.engines import SessionEngines
from tests.support.stacks.stacks import ENDED

pytestmark = [pytest.mark.engines, pytest.mark.fault("R60")]

TENANT_OF = {"North": "acme", "South": "globex"}
NODES = 800
UPLOAD_SECONDS = 60
RESTS = ("uploads/", "proofs/", "trials/", "staging/")
"""What keys begin with that nothing may be under once everything is quiet."""
BAD = Trouble(busy=0.04, failing=0.01, cut_requests=0.02, cut_answers=0.02, delay_seconds=0.02)
SLOW = Trouble(busy=0.02, cut_requests=0.01, cut_answers=0.01, delay_seconds=0.1, bytes_per_second=4 * 1024**2)
PATIENT_FAILURES = frozenset({"UNAVAILABLE", "WORKER_CRASHED"})
"""How a job may fail: its store refused it again and again, or it lost three workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The processes, the line between them and their object store, and a way around the line."""

    fleet: Fleet
    line: ObjectLine
    bucket: BucketView
    store: str
    """GRAPHFERRY_ARCHIVES, around the line."""


@pytest.fixture
def scene(
    checked_engines: SessionEngines, tmp_path_factory: pytest.TempPathFactory, rng: random.Random, scale: Scale
) -> Iterator[Scene]:
    server, prefix = checked_engines.object_store("moto"), choose_prefix()
    with ExitStack() as stack:
        stack.enter_context(credentials())
        line = stack.enter_context(open_object_line(server.port, random.Random(rng.random())))
        settings = {
            "ARCHIVES": server.address(prefix).replace(f":{server.port}", f":{line.port}"),
            "UPLOAD_SECONDS": str(UPLOAD_SECONDS),
            **({} if scale.has_default_leases else SHORT_LEASES),
        }
        fleet = stack.enter_context(
            open_fleet(
                tmp_path_factory.mktemp("objects"),
                checked_engines,
                version=Version(name="this", tree=CHECKOUT),
                tenants=list(TENANT_OF.values()),
                settings=settings,
            )
        )
        for name in TENANT_OF:
            for statement in write_application(name, NODES):
                fleet.query(statement)
        yield Scene(fleet=fleet, line=line, bucket=BucketView(server.address(prefix)), store=server.address(prefix))
        line.trouble = NO_TROUBLE
        for name in TENANT_OF:
            for label in (name, f"Copy{name}"):
                _remove(fleet, label)


def _remove(fleet: Fleet, label: str) -> None:
    fleet.query("MATCH (n:$($label)) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS", label=label)
    fleet.query("MATCH (n:Application {Name: $label}) DELETE n", label=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Who uses the fleet."""

    jobs: list[Jobs]
    uploads: Uploads
    downloads: Downloads

    @property
    def lines(self) -> list[Line]:
        return [*(each.line for each in self.jobs), self.uploads.line, self.downloads.line]

    def have_all_moved(self) -> bool:
        """Whether each tenant has imported, and an upload has become an archive: there is something to judge."""
        imported = [each for each in self.jobs if "import" in {job["kind"] for job in each.list_closed()}]
        return len(imported) == len(self.jobs) and bool(self.uploads.made)

    def make_movers(self) -> Movers:
        moving = {f"jobs of {each.line.tenant}": each.turn for each in self.jobs}
        return Movers(turns={**moving, "uploads": self.uploads.turn, "downloads": self.downloads.turn})


def make_users(fleet: Fleet, rng: random.Random) -> Users:
    texts = [rng.randbytes(256 * 1024).hex() for _ in range(40)]
    return Users(
        jobs=[Jobs(line=Line(fleet=fleet, tenant=tenant), application=name) for name, tenant in TENANT_OF.items()],
        uploads=Uploads(
            line=Line(fleet=fleet, tenant="acme"),
            content=make_archive("Brought", texts=texts),
            chance=random.Random(rng.random()),
        ),
        downloads=Downloads(line=Line(fleet=fleet, tenant="acme"), chance=random.Random(rng.random())),
    )


def test_kills_before_a_bad_store_leave_whole_archives_and_no_rests(
    scene: Scene, scale: Scale, rng: random.Random, figures: Figures, tmp_path: Path
) -> None:
    users = make_users(scene.fleet, rng)
    movers = users.make_movers()
    with movers.moving():
        for number in range(scale.count(4, 200)):
            assert not movers.errors, movers.errors
            scene.line.trouble = rng.choice([BAD, BAD, SLOW])
            # Of each kind in turn, so that few rounds meet both.
            victim = rng.choice(scene.fleet.workers if number % 2 else scene.fleet.gateways)
            time.sleep(rng.uniform(0.5, 3.0))
            kill(victim, rng)
            figures.add(f"{victim.name.partition('-')[0]}s killed")
        scene.line.trouble = NO_TROUBLE
        wait_for(lambda: bool(movers.errors) or users.have_all_moved(), "not everybody has come to an end once")
    assert not movers.errors, movers.errors
    count(figures, scene, users, movers)
    assert [each.odd for each in users.lines if each.odd] == []
    require_ended_once(scene.fleet, users)
    require_whole_archives(scene.fleet, users, tmp_path)
    for name in TENANT_OF:
        assert read_content(scene.fleet.place(f"Copy{name}")) == read_content(scene.fleet.place(name))
    require_no_rests(scene, scale)


def kill(victim: Room, rng: random.Random) -> None:
    """Kill it, and start it again a moment later."""
    victim.kill()
    time.sleep(rng.uniform(0, 1.0))
    victim.start(victim.version)


def count(figures: Figures, scene: Scene, users: Users, movers: Movers) -> None:
    counted = {
        **{f"requests: {kind}": number for kind, number in scene.line.met.items()},
        **{f"turns: {name}": number for name, number in movers.done.items()},
        **{f"upload pieces: {what}": number for what, number in users.uploads.resumed.items()},
    }
    for what, number in counted.items():
        for _ in range(number):
            figures.add(what)
    for each in users.jobs:
        for job in each.ended.values():
            told = job["status"] if job["failure"] is None else f"{job['status']} {job['failure']['code']}"
            figures.add(f"{job['kind']}s {told}")
            for _ in range(job["crashes"]):
                figures.add("attempts that died with their worker")


def require_ended_once(fleet: Fleet, users: Users) -> None:
    """Require that each answered job is there, has ended as it may, and once."""
    for each in users.jobs:
        assert each.ended.keys() == each.answered.keys()
        for job_id in each.answered:
            job = each.line.ask("GET", f"/api/v1/jobs/{job_id}", expected=(200,)).body
            failure = None if job["failure"] is None else job["failure"]["code"]
            assert job["status"] == "closed" or failure in PATIENT_FAILURES, job
            assert count_ends(fleet, job_id) == 1, job
        assert each.line.odd == []


def count_ends(fleet: Fleet, job_id: str) -> int:
    """Count how often a script of the job store has ended the job."""
    with Redis.from_url(fleet.valkey.url, decode_responses=True) as client:
        (history,) = client.keys(f"*:history:{job_id}")
        return sum(fields["event"] in ENDED for _, fields in client.xrange(history))


def require_whole_archives(fleet: Fleet, users: Users, folder: Path) -> None:
    """Require that each listed archive has the bytes that its tag tells, and is a sound one; and that none is lost."""
    for each in users.jobs:
        listed = each.line.ask("GET", "/api/v1/archives", expected=(200,)).body["archives"]
        names = {one["name"] for one in listed}
        assert len(names) == len(listed)
        for name in names:
            answer = each.line.ask("GET", f"/api/v1/archives/{quote(name)}", expected=(200,))
            assert is_whole(answer), (name, answer.headers)
            path = folder / "read.zip"
            path.write_bytes(answer.body)
            asyncio.run(inspect(path))
        if each.line.tenant == users.uploads.line.tenant:
            assert set(users.uploads.made) <= names
    assert len(set(users.uploads.made)) == len(users.uploads.made)


def require_no_rests(scene: Scene, scale: Scale) -> None:
    """Require that, once leases have run out and sweeps have run, nothing is left of what died."""
    if scale.is_full:  # as long as the processes' own sweeps take
        time.sleep(UPLOAD_SECONDS + 1)
        for gateway in scene.fleet.gateways:
            gateway.stop()
            gateway.start(gateway.version)
    end = time.monotonic() + (300.0 if scale.is_full else LEASE_SECONDS + 60.0)
    while found := find_rests(scene.bucket):
        assert time.monotonic() < end, found
        if not scale.is_full:
            asyncio.run(sweep(scene))
        time.sleep(1.0)
    files = [str(path) for each in scene.fleet.rooms for path in (scene.fleet.folder / each).rglob("*")]
    assert [each for each in files if Path(each).is_file()] == []


def find_rests(bucket: BucketView) -> list[Found]:
    return [*bucket.list_multiparts(), *(each for each in bucket.list_objects() if each.key.startswith(RESTS))]


async def sweep(scene: Scene) -> None:
    """Sweep as the processes do, but for the time that they give what is new."""
    settings: Settings = scene.fleet.settings.model_copy(update={"archives": scene.store})
    assert settings.bucket is not None
    async with open_valkey(settings.valkey_address) as client, open_bucket(settings.bucket) as bucket:
        namespace = await guess_namespace(client, settings.installation, settings.valkey_address)
        store = ObjectStore(
            bucket=bucket,
            leases=ValkeyLeases(client, namespace=namespace),
            scratch=Scratch(scene.fleet.folder / "swept"),
            growth=Growth(),
            conditional=Conditional(bucket),
            copying=Copying(bucket),
        )
        await S3Archives(store, patience=timedelta(0)).remove_abandoned()
        await S3Uploads(store, keep_seconds=0).remove_expired()
