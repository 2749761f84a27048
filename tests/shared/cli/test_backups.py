"""An installation is backed up and restored: whole, or not at all."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis import Redis

from infra.engines.valkey import ValkeyServer
from shared.adapters.valkey import backups
from shared.adapters.valkey.audit import ValkeyAudit
from shared.adapters.valkey.backups import ValkeyBackups
from shared.adapters.valkey.client import open_valkey, send
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.schema import NEEDED
from shared.api_keys import hash_key
from shared.backup.file import Header, new_backup
from shared.backup.making import make_backup
from shared.errors import DependencyFailedError, QueueFullError
from shared.jobs.events import Event
from shared.jobs.record import Job, Outcome, Status
from shared.ports.backups import StoredKey
from shared.ports.jobs import JobFilter, JobStore, WhenBusy
from shared.resources import open_archives, open_backups, open_identity, open_job_store
from shared.settings.process import Settings
from tests.support.backups import (
    ARCHIVES,
    ENTRY,
    Installation,
    answer,
    fill_installation,
    make_environ,
    write_archives,
)
from tests.support.command_line import Ending, call
from tests.support.job_stores import ValkeyRig, make_job, open_valkey_rig
from tests.support.keys import CREATED
from tests.support.least_rights import INSTALLATIONS, as_owner, make_user

pytestmark = pytest.mark.engines


ODD = "odd*name[1]"
"""An installation whose name would be a pattern."""


def for_commands(url: str) -> str:
    return make_user(url, "ours", for_commands=True)


@pytest.fixture(scope="module")
def second_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = ValkeyServer(directory=tmp_path_factory.mktemp("second"))
    process = server.start()
    try:
        server.wait_until_ready(process)
        yield make_user(server.url, *INSTALLATIONS, ODD, for_commands=True)
    finally:
        process.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A filled installation, a backup of it, and a place to restore it into."""

    installation: Installation
    environ: Mapping[str, str]
    other: Mapping[str, str]
    file: Path
    second_url: str

    def stored(self) -> set[str]:
        """All keys of the second server."""
        with Redis.from_url(as_owner(self.second_url), decode_responses=True) as client:
            return set(client.scan_iter())

    def restore(self, *words: str, **changes: str) -> Ending:
        return call({**self.other, **changes}, "restore", str(self.file), *words)


@pytest.fixture
def scene(valkey_url: str, second_server: str, tmp_path: Path) -> Scene:
    with Redis.from_url(as_owner(second_server)) as client:
        client.flushall()
    environ = make_environ(for_commands(valkey_url), tmp_path / "one")
    other = make_environ(second_server, tmp_path / "two")
    installation = asyncio.run(fill_installation(environ))
    file = tmp_path / "backup"
    assert call(environ, "backup", str(file)).code == 0
    write_archives(tmp_path / "two" / "archives")
    return Scene(installation=installation, environ=environ, other=other, file=file, second_url=second_server)


def run(environ: Mapping[str, str], work: Callable[[ValkeyRig], Awaitable[None]]) -> None:
    """Do something with the jobs of an installation."""

    async def do() -> None:
        settings = Settings.from_environ(environ)
        async with open_valkey_rig(settings.valkey_url) as rig, open_job_store(settings) as store:
            rig.names = Namespace(settings.installation)
            rig.store = store  # type: ignore[assignment]
            await work(rig)

    asyncio.run(do())


async def take_event(rig: ValkeyRig, job: Job) -> Event:
    """Sweep until there is an event of the job."""
    async with asyncio.timeout(20):
        while True:
            await rig.store.reap()
            for event in [each for queue in ("work", "undo") for each in await rig.queued(queue)]:
                if event.job_id == job.id:
                    return event
            await asyncio.sleep(0.02)


async def work_off(rig: ValkeyRig) -> None:
    """Sweep and answer until nothing is left to do."""
    async with asyncio.timeout(60):
        while await send(rig.client, "HLEN", f"{rig.namespace}:slots"):
            await rig.store.reap()
            for event in [each for queue in ("work", "undo") for each in await rig.queued(queue)]:
                await answer(rig.store, event)
            await asyncio.sleep(0.01)


class TestWhatComesBack:
    @pytest.mark.parametrize("name", ["ours", ODD])
    def test_identity_records_and_audit(self, scene: Scene, name: str) -> None:
        ending = scene.restore(GRAPHFERRY_INSTALLATION=name)
        assert (ending.code, scene.installation.running.id in ending.messages) == (0, False)
        assert "must have been stopped" in ending.messages
        assert all(each.startswith(f"{{{name}}}:") for each in scene.stored())
        assert not any(part in each for each in scene.stored() for part in (":worker", ":queue:", ":counted"))
        settings = Settings.from_environ({**scene.other, "GRAPHFERRY_INSTALLATION": name})

        async def look() -> None:
            async with open_identity(settings) as identity, open_valkey(as_owner(settings.valkey_url)) as client:
                for tenant, text in scene.installation.keys.items():
                    known = await identity.find_key(hash_key(text))
                    assert known is not None
                    assert (known.user.tenant, known.user.name) == (tenant, "ünï")
                audit = await ValkeyAudit(client, namespace=Namespace(name), days=1).list("acme")
                assert [each.entry for each in audit.records] == [ENTRY]
                for job in scene.installation.jobs:
                    assert await client.ttl(f"{{{name}}}:job:{job.id}") > 0 or job.ended is None

        asyncio.run(look())

    def test_grants_and_records_are_equal(self, scene: Scene) -> None:
        assert scene.restore().code == 0

        async def read(environ: Mapping[str, str]) -> Any:
            settings = Settings.from_environ(environ)
            async with open_identity(settings) as identity, open_job_store(settings) as store:
                grants = [await identity.list_grants(each.name) for each in await identity.list_tenants()]
                jobs = [await store.get(each.id) for each in scene.installation.jobs]
                listed = (await store.list_jobs("acme", where=JobFilter())).jobs
                return grants, jobs, listed

        before, after = asyncio.run(read(scene.environ)), asyncio.run(read(scene.other))
        assert before == after
        assert len(before[0][0]) == 1

    def test_jobs_go_on(self, scene: Scene) -> None:
        assert scene.restore().code == 0
        made = scene.installation

        async def go_on(rig: ValkeyRig) -> None:
            again = await rig.store.submit(make_job(idempotency_key="first"), when_busy=WhenBusy.REFUSE)
            assert again.id == made.ended.id
            event = await take_event(rig, made.queued)
            assert event.attempt == 2
            assert await answer(rig.store, event)
            event = await take_event(rig, made.running)
            assert event.attempt == 2
            assert (await rig.store.get(made.running.id)).crashes == 1
            assert await answer(rig.store, event)
            for job in (made.waiting, made.held):
                assert await answer(rig.store, await take_event(rig, job))
            assert [(await rig.store.get(job.id)).status for job in made.jobs] == [Status.CLOSED] * 5

        run(scene.other, go_on)

    def test_the_file_is_its_owners_alone(self, scene: Scene) -> None:
        assert scene.file.stat().st_mode & 0o077 == 0
        assert not list(scene.file.parent.glob(".*.part"))


class TestVerify:
    def test_nothing_differs(self, scene: Scene) -> None:
        assert scene.restore().code == 0
        ending = scene.restore("--verify")
        assert (ending.code, ending.output) == (0, "")
        assert "none missing or different" in ending.messages

    def test_each_difference_is_named(self, scene: Scene) -> None:
        assert scene.restore().code == 0
        archives = Settings.from_environ(scene.other).archives_dir
        (archives / "acme/shop.zip").write_bytes(b"eno" * 1000)
        (archives / "acme/Säule.zip").write_bytes(b"longer")
        (archives / "globex/shop.zip").unlink()
        lost = scene.installation.ended.id
        with Redis.from_url(as_owner(scene.second_url)) as client:
            client.delete(f"{{ours}}:job:{lost}")
            client.hdel("{ours}:identity:users", "acme/ünï")
            client.hset("{ours}:identity:tenants", "globex", "{}")
        before = scene.stored()
        ending = scene.restore("--verify", "--json")
        assert ending.code == 1
        found = {(each["part"], each["name"]): each["found"] for each in ending.lines}
        assert found.pop(("archive", "acme/shop.zip")).startswith("has SHA-256")
        assert found == {
            ("users", "acme/ünï"): "missing",
            ("tenants", "globex"): "differs",
            ("job", lost): "missing",
            ("archive", "acme/Säule.zip"): "has 6 bytes instead of 3",
            ("archive", "globex/shop.zip"): "missing",
        }
        assert scene.stored() == before

    def test_an_empty_store_lacks_everything(self, scene: Scene) -> None:
        ending = scene.restore("--verify")
        assert ending.code == 1
        assert ending.output.count("missing") == len(scene.installation.jobs) + 2 + 2 + 2 + 1
        assert scene.stored() == set()


class TestRefusals:
    def test_missing_and_changed_archives_are_a_warning(self, scene: Scene) -> None:
        archives = Settings.from_environ(scene.other).archives_dir
        (archives / "acme/shop.zip").write_bytes(b"eno" * 1000)
        (archives / "globex/shop.zip").unlink()
        ending = scene.restore()
        assert ending.code == 0
        assert "archive acme/shop.zip: has SHA-256" in ending.messages
        assert "archive globex/shop.zip: missing" in ending.messages
        assert "Säule" not in ending.messages

    @pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
    def test_a_damaged_byte(self, scene: Scene, place: float) -> None:
        content = bytearray(scene.file.read_bytes())
        content[round(len(content) * place)] ^= 0x10
        scene.file.write_bytes(content)
        self.is_refused(scene, "damaged")

    @pytest.mark.parametrize("kept", [0.1, 0.5, 0.999])
    def test_a_truncated_file(self, scene: Scene, kept: float) -> None:
        content = scene.file.read_bytes()
        scene.file.write_bytes(content[: round(len(content) * kept)])
        self.is_refused(scene, "truncated")

    def test_a_file_whose_last_lines_are_missing(self, scene: Scene) -> None:
        lines = gzip.decompress(scene.file.read_bytes()).splitlines(keepends=True)
        scene.file.write_bytes(gzip.compress(b"".join(lines[:-1])))
        self.is_refused(scene, "truncated")
        scene.file.write_bytes(gzip.compress(b"".join((*lines[:-3], lines[-1]))))
        self.is_refused(scene, "it promises")

    def test_a_later_format(self, scene: Scene) -> None:
        first, *lines = gzip.decompress(scene.file.read_bytes()).splitlines(keepends=True)
        header = orjson.dumps({**orjson.loads(first), "format": 2, "tool": "9.9"}) + b"\n"
        scene.file.write_bytes(gzip.compress(header + b"".join(lines)))
        self.is_refused(scene, "is of format 2, made by Graphferry 9.9")

    @pytest.mark.parametrize("content", [b"", b"PK\3\4", gzip.compress(b"{}\n"), gzip.compress(b'{"kind":"key"}\n')])
    def test_what_is_no_backup(self, scene: Scene, content: bytes) -> None:
        scene.file.write_bytes(content)
        self.is_refused(scene, str(scene.file))

    def test_a_store_that_holds_something(self, scene: Scene) -> None:
        with Redis.from_url(as_owner(scene.second_url)) as client:
            client.set("{ours}:workers", 1)
            client.set("{other}:identity:filled", 1)
            client.mset({"{ours}:job:1": "", "{ours}:identity:filled": "1"})
            client.set("{theirs}:schema", NEEDED)
        before = scene.stored()
        ending = scene.restore()
        assert ending.code == 1
        assert "holds 2 keys of the installation 'ours'" in ending.messages
        assert scene.stored() == before
        assert scene.restore(GRAPHFERRY_INSTALLATION="theirs").code == 0

    def test_transient_keys_are_no_obstacle(self, scene: Scene) -> None:
        with Redis.from_url(as_owner(scene.second_url)) as client:
            client.mset({f"{{ours}}:{name}": "1" for name in ("workers", "queue:work", "counted", "identity:changes")})
        assert scene.restore().code == 0

    @pytest.mark.parametrize("beginning", ["ours", "{ours}"])
    def test_a_store_that_a_process_has_only_looked_at(self, scene: Scene, beginning: str) -> None:
        with Redis.from_url(as_owner(scene.second_url)) as client:
            client.set(f"{beginning}:schema", "1")
        url = make_user(scene.second_url, "ours", for_commands=True, of_before=True)
        assert scene.restore(GRAPHFERRY_VALKEY_URL=url).code == 0
        assert all(each.startswith(f"{beginning}:") for each in scene.stored())
        assert scene.restore("--verify", GRAPHFERRY_VALKEY_URL=url).code == 0

    def test_an_older_server_keeps_nothing(self, scene: Scene) -> None:
        with Redis.from_url(as_owner(scene.second_url)) as client:
            client.set("whole", "x")
            value = client.dump("whole")
            client.flushall()
        assert isinstance(value, bytes)
        later = value[:-10] + b"\xff\x7f" + value[-8:]
        with new_backup(scene.file, force=True) as writer:
            writer.begin(Header(format=1, tool="1", installation="ours", time=CREATED.isoformat()))
            keys = [StoredKey(name=f"report:{each}".encode(), value=value, ttl_ms=0) for each in range(200)]
            writer.add([*keys, StoredKey(name=b"report:later", value=later, ttl_ms=0)])
            writer.end()
        self.is_refused(scene, "'report:later' (DUMP payload version")

    def test_an_existing_file_is_replaced_by_force_alone(self, scene: Scene) -> None:
        before = scene.file.read_bytes()
        ending = call(scene.environ, "backup", str(scene.file))
        assert (ending.code, "--force" in ending.messages) == (1, True)
        assert scene.file.read_bytes() == before
        ending = call(scene.environ, "backup", str(scene.file), "--force", "--json")
        assert ending.code == 0
        assert ending.lines[0]["jobs"] == len(scene.installation.jobs)
        assert ending.lines[0]["archives"] == len(ARCHIVES)

    def test_a_store_without_the_installation_gives_no_backup(self, scene: Scene, tmp_path: Path) -> None:
        ending = call(scene.other, "backup", str(tmp_path / "none"))
        assert (ending.code, "holds no installation 'ours'" in ending.messages) == (1, True)
        assert not list(tmp_path.glob("*none*"))

    @staticmethod
    def is_refused(scene: Scene, message: str) -> None:
        ending = scene.restore()
        assert ending.code == 1, ending
        assert message in ending.messages
        assert scene.stored() == set()


class Restless:
    """Tenants that submit some jobs, and a worker until it is told to stop."""

    def __init__(self, rig: ValkeyRig, chance: random.Random) -> None:
        self._rig = rig
        self._chance = chance
        self._last: dict[str, str] = {}
        self._number = 0
        self.must_stop = False

    async def submit(self) -> None:
        for _ in range(150):  # without an end, a scan in such small steps might have none
            await asyncio.sleep(0.005)
            tenant = f"t{self._chance.randrange(6)}"
            before = self._last.get(tenant)
            changes: dict[str, Any] = {"depends_on": (before,)} if before and self._chance.random() < 0.4 else {}
            self._number += 1
            job = make_job(tenant, idempotency_key=f"key-{self._number}", **changes)
            with suppress(QueueFullError, DependencyFailedError):
                self._last[tenant] = (await self._rig.store.submit(job, when_busy=WhenBusy.QUEUE)).id

    async def work(self) -> None:
        while not self.must_stop:
            for event in await self._rig.queued("work"):
                claim = await self._rig.store.claim(event, f"one/{event.job_id}")
                await asyncio.sleep(self._chance.random() * 0.01)
                status = Status.FAILED if self._chance.random() < 0.1 else Status.CLOSED
                if claim is not None:
                    await self._rig.store.finish(claim, Outcome(status=status))
            await asyncio.sleep(0)


async def back_up_at_work(environ: Mapping[str, str], file: Path, chance: random.Random) -> None:
    settings = Settings.from_environ(environ)
    async with open_identity(settings), open_valkey_rig(settings.valkey_url) as rig:
        restless = Restless(rig, chance)
        tasks = [asyncio.create_task(work()) for work in (restless.submit, restless.submit, restless.work)]
        await asyncio.sleep(0.3)
        async with asyncio.timeout(30), open_backups(settings) as store, open_archives(settings) as archives:
            await make_backup(file, store=store, archives=archives)
        restless.must_stop = True
        await asyncio.gather(*tasks)


@pytest.mark.parametrize("seed", range(3))
def test_a_backup_of_an_installation_at_work_leaves_nothing_stuck(
    valkey_url: str, second_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    with Redis.from_url(as_owner(second_server)) as client:
        client.flushall()
    monkeypatch.setattr(backups, "_AT_ONCE", 5)
    monkeypatch.setattr(backups, "_SCANNED", 20)
    file, other = tmp_path / "backup", make_environ(second_server, tmp_path / "two")
    asyncio.run(back_up_at_work(make_environ(for_commands(valkey_url), tmp_path / "one"), file, random.Random(seed)))
    assert call(other, "restore", str(file)).code == 0

    async def look(rig: ValkeyRig) -> None:
        await work_off(rig)
        names = [each async for each in rig.client.scan_iter("{ours}:job:*", count=1000)]
        assert len(names) > 20
        for job in [await rig.store.get(each.rpartition(":")[2]) for each in names]:
            assert job.has_ended, job
            assert job.idempotency_key is not None
            assert await rig.store.find_accepted(job.tenant, job.idempotency_key) == job
        for place in ("waiting", "held", "dependents"):
            assert await rig.client.keys(f"{{ours}}:{place}:*") == []
        listed = [job.id for tenant in range(6) for job in await list_all(rig.store, f"t{tenant}")]
        assert sorted(listed) == sorted(each.rpartition(":")[2] for each in names)

    run(other, look)


async def list_all(store: JobStore, tenant: str) -> list[Job]:
    found: list[Job] = []
    cursor = None
    while True:
        page = await store.list_jobs(tenant, where=JobFilter(), cursor=cursor)
        found += page.jobs
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_who_starts_meanwhile_is_told_of(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    original = ValkeyBackups.start_waiting

    async def start_a_gateway(self: ValkeyBackups, tenants: Collection[str]) -> None:
        await original(self, tenants)
        async with open_identity(Settings.from_environ(scene.other)):
            pass

    monkeypatch.setattr(ValkeyBackups, "start_waiting", start_a_gateway)
    ending = scene.restore()
    assert ending.code == 1
    assert "has filled the store meanwhile" in ending.messages
