"""The store is followed to another server, and says when it is none for now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import WatchError

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.valkey import ValkeyServer
from shared.adapters.valkey import addresses, keeping
from shared.adapters.valkey.addresses import open_pool
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.client_internals import NotNowError
from shared.adapters.valkey.schema import NEEDED
from shared.errors import NotDurableError, StoreUnavailableError
from shared.identity import Tenant
from shared.jobs.events import Event
from shared.jobs.record import Outcome, Status
from shared.ports.identity import IdentityStore
from shared.ports.jobs import JobStore, WhenBusy
from shared.resources import open_identity, open_job_store
from shared.settings.process import Settings
from tests.support.faults.sentinels import Sentinels, open_sentinels
from tests.support.job_stores import make_cancellation, make_job
from tests.support.least_rights import INSTALLATIONS, as_owner, make_user
from tests.support.proxies import write_certificate


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    """Servers on which a process of the installation has begun before."""
    with open_sentinels(tmp_path_factory.mktemp("sentinels")) as opened:
        with Redis(port=opened.master) as client:
            client.set("{ours}:schema", NEEDED)
        yield opened


@asynccontextmanager
async def open_store(url: str, replicas: int) -> AsyncIterator[JobStore]:
    settings = Settings(valkey_url=url, valkey_replicas=replicas, installation="ours")
    async with open_job_store(settings) as store:
        yield store


@asynccontextmanager
async def open_tenants(url: str, folder: Path) -> AsyncIterator[IdentityStore]:
    settings = Settings(valkey_url=url, valkey_replicas=1, installation="ours", data_dir=folder)
    async with open_identity(settings) as store:
        yield store


async def accept(store: JobStore) -> str:
    job = make_job()
    return (await store.submit(job, when_busy=WhenBusy.QUEUE)).id


class TestSentinels:
    async def test_a_store_works_through_failovers(self, sentinels: Sentinels) -> None:
        async with open_store(sentinels.admit("ours"), replicas=1) as store:
            first = await accept(store)
            claim = await store.claim(Event(job_id=first, attempt=1), "one/1")
            assert claim is not None
            await asyncio.to_thread(sentinels.wait_until_settled)
            await asyncio.to_thread(sentinels.fail_over)
            second = await accept(store)
            assert await store.finish(claim, Outcome(status=Status.CLOSED))
            await asyncio.to_thread(sentinels.wait_until_settled)
            await asyncio.to_thread(sentinels.kill_master)
            assert (await store.get(first)).status is Status.CLOSED
            await store.request_cancel(second, make_cancellation())
            assert (await store.get(second)).status is Status.CANCELLED

    async def test_no_change_of_identity_is_lost_in_a_failover(self, sentinels: Sentinels, tmp_path: Path) -> None:
        await asyncio.to_thread(sentinels.wait_until_settled)
        async with open_tenants(sentinels.admit("ours"), tmp_path) as store:
            over = asyncio.create_task(asyncio.to_thread(sentinels.fail_over))
            made: list[str] = []
            while not over.done() or len(made) < 5:
                await store.create_tenant(Tenant(name=f"t{len(made)}", databases=()))
                made.append(f"t{len(made)}")
            await over
            await asyncio.to_thread(sentinels.wait_until_settled)
            assert {each.name for each in await store.list_tenants()} >= set(made)

    async def test_sentinels_that_know_no_master_of_the_name_are_named(self, sentinels: Sentinels) -> None:
        url = sentinels.admit("ours").replace("/store/", "/other/")
        with addresses.patient_for(0), pytest.raises(StoreUnavailableError, match="'other'"):
            async with open_store(url, replicas=0):
                pass


FILE = ("WAITAOF", 1, 0, keeping.KEEPING_MS)


@pytest.fixture
def followed(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a replica of the session's server."""
    yield from follow(valkey_url, tmp_path_factory)


@pytest.fixture
def other(valkey_url: str, followed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of another replica."""
    yield from follow(valkey_url, tmp_path_factory, replicas=2)


def follow(valkey_url: str, tmp_path_factory: pytest.TempPathFactory, replicas: int = 1) -> Iterator[str]:
    server = ValkeyServer(directory=tmp_path_factory.mktemp("replica"))
    process = server.start()
    try:
        server.wait_until_ready(process)
        with Redis.from_url(as_owner(valkey_url)) as master, Redis(port=server.port) as replica:
            master.config_set("repl-diskless-sync-delay", "0")
            replica.replicaof(LOOPBACK, str(master.get_connection_kwargs()["port"]))
            wait_until_followed(master, replicas)
        yield make_user(server.url, *INSTALLATIONS)
    finally:
        process.kill()


def wait_until_followed(master: Redis, replicas: int = 1) -> None:
    end = time.monotonic() + 20
    while str(master.info("replication")).count("'online'") < replicas:
        assert time.monotonic() < end
        time.sleep(0.05)


class Interruption:
    """Stands for the first connection that waits for replicas, which is lost, and for the server found next."""

    def __init__(self, valkey_url: str, *, keeps: bool, error: Exception) -> None:
        self.number = 0
        self._url = valkey_url
        self._keeps = keeps
        self._error = error

    def begin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Come between from now on."""
        go_on = keeping.Keepers._write

        async def write(keepers: keeping.Keepers, client: Any, commands: Sequence[keeping.Command]) -> keeping.Written:
            if not self._has_come():
                return await go_on(keepers, client, commands)
            raise self._error

        monkeypatch.setattr(keeping.Keepers, "_write", write)

    def _has_come(self) -> bool:
        with Redis.from_url(as_owner(self._url)) as owner:
            if self.number or not owner.hexists("{ours}:identity:tenants", "late"):
                return False
            self.number += 1
            if not self._keeps:
                owner.hdel("{ours}:identity:tenants", "late")
                owner.delete(*owner.keys("{ours}:identity:made:*"), "never")
            return True


class TestReplicas:
    async def test_a_submission_waits_for_them(self, valkey_url: str, followed: str) -> None:
        async with open_store(valkey_url, replicas=1) as store, open_valkey(followed) as replica:
            job_id = await accept(store)
            assert await replica.exists(f"{{ours}}:job:{job_id}")

    @pytest.mark.parametrize("appends", ["yes", "no"])
    async def test_where_they_are_missing_it_is_refused(self, valkey_url: str, appends: str) -> None:
        with Redis.from_url(as_owner(valkey_url)) as client:
            client.config_set("appendonly", appends)
        try:
            async with open_store(valkey_url, replicas=1) as store:
                job = make_job()
                with pytest.raises(NotDurableError, match="withdrawn"):
                    await store.submit(job, when_busy=WhenBusy.QUEUE)
                assert (await store.get(job.id)).status is Status.CANCELLED
        finally:
            with Redis.from_url(as_owner(valkey_url)) as client:
                client.config_set("appendonly", "yes")

    async def test_without_a_file_they_suffice(self, valkey_url: str, followed: str) -> None:
        with Redis.from_url(as_owner(valkey_url)) as client:
            client.config_set("appendonly", "no")
        try:
            async with open_store(valkey_url, replicas=1) as store:
                assert await accept(store)
        finally:
            with Redis.from_url(as_owner(valkey_url)) as client:
                client.config_set("appendonly", "yes")

    async def test_nothing_counts_as_made_once_one_of_them_is_the_master(
        self, valkey_url: str, followed: str, tmp_path: Path
    ) -> None:
        async with open_tenants(valkey_url, tmp_path) as store, open_store(valkey_url, replicas=1) as jobs:
            await store.create_tenant(Tenant(name="before", databases=()))
            await accept(jobs)
            with Redis.from_url(as_owner(followed)) as replica:
                replica.replicaof("NO", "ONE")
            with pytest.raises(StoreUnavailableError, match="another server has become the master"):
                await store.create_tenant(Tenant(name="after", databases=()))
            with pytest.raises(StoreUnavailableError, match="another server has become the master"):
                await accept(jobs)

    @pytest.mark.parametrize("next_has_it", [False, True], ids=["without it", "with it"])
    async def test_a_change_is_looked_for_on_the_server_found_next(
        self, valkey_url: str, followed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, next_has_it: bool
    ) -> None:
        interruption = Interruption(valkey_url, keeps=next_has_it, error=NotNowError("another server is the master"))
        interruption.begin(monkeypatch)
        async with open_tenants(valkey_url, tmp_path) as store:
            await store.create_tenant(Tenant(name="late", databases=()))
            assert interruption.number == 1
            assert [each.name for each in await store.list_tenants()] == ["late"]

    async def test_a_change_that_nobody_could_confirm_does_not_count_as_made(
        self, valkey_url: str, followed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        interruption = Interruption(valkey_url, keeps=False, error=RedisConnectionError("the master has died"))
        interruption.begin(monkeypatch)
        async with open_tenants(valkey_url, tmp_path) as store:
            with pytest.raises(StoreUnavailableError, match="the master has died"):
                await store.create_tenant(Tenant(name="late", databases=()))
            await store.create_tenant(Tenant(name="late", databases=()))
            assert [each.name for each in await store.list_tenants()] == ["late"]

    async def test_a_change_whose_answer_was_lost_is_not_decided_again(
        self, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        execute = Pipeline.execute
        lost: list[str] = []

        async def lose_answer(pipeline: Pipeline, *arguments: Any, **options: Any) -> Any:
            """Do it, and be told of a lost connection, as the client library tells it of one that watches keys."""
            is_change = bool(pipeline.explicit_transaction) and len(pipeline.command_stack) > 1
            answer = await execute(pipeline, *arguments, **options)
            if is_change and not lost:
                lost.append("answer")
                raise WatchError("A ConnectionError occurred")
            return answer

        settings = Settings(valkey_url=valkey_url, installation="ours", data_dir=tmp_path)
        async with open_identity(settings) as store:
            monkeypatch.setattr(Pipeline, "execute", lose_answer)
            await store.create_tenant(Tenant(name="late", databases=()))
            assert lost
            assert [each.name for each in await store.list_tenants()] == ["late"]

    async def test_a_new_master_is_not_waited_for_as_the_one_before_was_followed(
        self, valkey_url: str, followed: str, other: str
    ) -> None:
        keepers = keeping.Keepers(replicas=1)
        write = ("SET", "{ours}:a", "b")
        async with open_valkey(valkey_url) as master:
            await keepers.write(master, write)
        assert await keepers._choose_waits(master) == [FILE, ("WAIT", 2, keeping.KEEPING_MS), keeping._TELL]
        with Redis.from_url(as_owner(followed)) as promoted, Redis.from_url(as_owner(other)) as late:
            promoted.replicaof("NO", "ONE")
            async with open_valkey(other) as client:
                with addresses.patient_for(0), pytest.raises(NotNowError):
                    await keepers.write(client, write)
            late.replicaof(LOOPBACK, str(promoted.get_connection_kwargs()["port"]))
            wait_until_followed(promoted)
        async with open_valkey(followed) as client:
            assert await keepers._choose_waits(client) == [FILE, ("WAIT", 1, keeping.KEEPING_MS), keeping._TELL]
        await keepers.aclose()


class TestDemotedServers:
    async def test_writes_wait_until_the_address_leads_to_a_master(self, valkey_url: str, followed: str) -> None:
        async with open_store(followed, replicas=0) as store:
            submission = asyncio.create_task(accept(store))
            await asyncio.sleep(0.3)
            assert not submission.done()
            with Redis.from_url(as_owner(followed)) as client:
                client.replicaof("NO", "ONE")
            assert (await store.get(await submission)).status is Status.CREATED

    async def test_changes_of_identity_wait_likewise(self, valkey_url: str, tmp_path: Path) -> None:
        async with open_identity(Settings(valkey_url=valkey_url, installation="ours", data_dir=tmp_path)) as store:
            with Redis.from_url(as_owner(valkey_url)) as owner:
                owner.replicaof(LOOPBACK, str(choose_port()))
                try:
                    change = asyncio.create_task(store.create_tenant(Tenant(name="late", databases=())))
                    await asyncio.sleep(0.3)
                    assert not change.done()
                finally:
                    owner.replicaof("NO", "ONE")
            await change
            assert [each.name for each in await store.list_tenants()] == ["late"]

    async def test_a_change_of_identity_is_refused_where_writes_are_for_long(
        self, valkey_url: str, tmp_path: Path
    ) -> None:
        async with open_identity(Settings(valkey_url=valkey_url, installation="ours", data_dir=tmp_path)) as store:
            with Redis.from_url(as_owner(valkey_url)) as owner:
                owner.config_set("min-replicas-to-write", 1)
                try:
                    async with asyncio.timeout(5 * addresses.NOT_NOW_SECONDS):
                        with pytest.raises(StoreUnavailableError, match="NOREPLICAS"):
                            await store.create_tenant(Tenant(name="late", databases=()))
                        owner.config_set("min-replicas-to-write", 0)
                        owner.delete("{ours}:identity:filled")
                        owner.config_set("min-replicas-to-write", 1)
                        with pytest.raises(StoreUnavailableError, match="NOREPLICAS"):
                            await store.list_tenants()
                finally:
                    owner.config_set("min-replicas-to-write", 0)
            assert await store.list_tenants() == []

    async def test_the_connection_is_not_kept(self, followed: str) -> None:
        async with open_pool(followed, decode_responses=True) as pool, open_valkey(followed) as client:
            connection = await pool.get_connection()
            await connection.send_command("SET", "{ours}:a", "b")
            with addresses.patient_for(0), pytest.raises(NotNowError, match="read only replica"):
                await connection.read_response()
            assert not connection.is_connected
            assert await client.ping()

    async def test_a_probe_tells_at_once(self, followed: str) -> None:
        async with open_store(followed, replicas=0) as store:
            began = time.monotonic()
            refusal = await store.find_write_refusal()
            assert refusal is not None
            assert "read only replica" in refusal
            assert time.monotonic() - began < addresses.NOT_NOW_SECONDS


async def test_the_parts_of_an_address_are_taken() -> None:
    url = "rediss+sentinel://us:p%40ss@one:1,two/name/3?ssl_cert_reqs=none&sentinel_password=other"
    async with open_pool(url, decode_responses=True) as pool:
        kept = pool.connection_kwargs
        assert (kept["username"], kept["password"], kept["db"], kept["ssl_cert_reqs"]) == ("us", "p@ss", 3, "none")
        manager = vars(pool)["sentinel_manager"]
        asked = [each.connection_pool.connection_kwargs for each in manager.sentinels]
        assert [(each["host"], each["port"], each["password"]) for each in asked] == [
            ("one", 1, "other"),
            ("two", 26379, "other"),
        ]
        assert all((each["ssl_cert_reqs"], each["ssl_check_hostname"]) == ("none", False) for each in asked)


async def test_the_files_of_tls_are_taken_for_servers_sentinels_and_replicas(tmp_path: Path) -> None:
    file = tmp_path / "c e%2Frt&.pem"
    write_certificate(file)
    url, path = "rediss+sentinel://one/name?client_name=ferry", str(file)
    settings = Settings(valkey_url=url, valkey_ca_file=file, valkey_cert_file=file)
    wanted = {"ssl_ca_certs": path, "ssl_certfile": path, "ssl_keyfile": path, "ssl_check_hostname": True}
    async with open_pool(settings.valkey_address, decode_responses=True) as pool:
        (sentinel,) = vars(pool)["sentinel_manager"].sentinels
        assert sentinel.connection_pool.connection_class is SSLConnection
        follower = keeping._Follower(("one", 1), pool)
        for each in (pool, sentinel.connection_pool, follower._client.connection_pool):
            assert each.connection_kwargs | wanted == each.connection_kwargs
        await follower.aclose()
