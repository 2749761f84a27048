"""Keys of a store that earlier versions wrote are moved while processes are at work, whenever that is interrupted."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import pytest
from redis import Redis

from shared.adapters.valkey import moving
from shared.adapters.valkey.namespaces import GUARDED
from shared.api_keys import hash_key
from shared.concurrency.loops import cancel_all
from shared.errors import StoreUnavailableError
from shared.identity import Tenant
from shared.jobs.events import Event
from shared.jobs.record import Outcome, Phase, Progress, Status
from shared.ports.jobs import Claim, JobFilter, Order, WhenBusy
from shared.resources import Resources, open_keys, open_resources
from shared.settings.process import Settings
from tests.handlers.worker.test_worker import open_worker
from tests.support.backups import ENTRY, TENANTS, Installation, answer, fill_installation, make_environ
from tests.support.command_line import call
from tests.support.faults.versions import LAST_RELEASE, NoHistoryError, take_tree
from tests.support.job_stores import make_job
from tests.support.least_rights import as_owner, make_user

pytestmark = pytest.mark.engines

MARKS = {f"ours:{each}" for each in ("schema", "moved", *GUARDED)}

SUBMISSION = """
import asyncio, os
from shared.resources import open_job_store
from shared.ports.jobs import WhenBusy
from shared.settings import Settings
from tests.support.job_stores import make_job

async def main():
    async with open_job_store(Settings.from_environ(os.environ)) as store:
        print("begins")
        print((await store.submit(make_job("before"), when_busy=WhenBusy.QUEUE)).status.value)

asyncio.run(main())
"""
"""Submits as a gateway of the version before does that has been running all the time."""

START = """
import asyncio, os
from shared.resources import open_resources
from shared.settings import Settings

async def main():
    async with open_resources(Settings.from_environ(os.environ)):
        print("started")

asyncio.run(main())
"""
"""Opens what a gateway of the version before opens when it starts."""


@pytest.fixture
def environ(valkey_url: str, tmp_path: Path) -> Mapping[str, str]:
    """The variables of an installation that an earlier version has begun."""
    with Redis.from_url(as_owner(valkey_url)) as client:
        client.set("ours:schema", "1")
    url = make_user(valkey_url, "ours", for_commands=True, of_before=True)
    return {**make_environ(url, tmp_path), "GRAPHFERRY_LEASE_SECONDS": "30"}


@pytest.fixture
def made(environ: Mapping[str, str]) -> Installation:
    return asyncio.run(fill_installation(environ))


def list_keys(environ: Mapping[str, str]) -> set[str]:
    with Redis.from_url(as_owner(environ["GRAPHFERRY_VALKEY_URL"]), decode_responses=True) as client:
        return set(client.scan_iter())


def require_moved(environ: Mapping[str, str]) -> None:
    """Require that all begins with the tag but the marks."""
    bare = {each for each in list_keys(environ) if not each.startswith("{ours}:")}
    assert bare == MARKS


async def begin_moving(environ: Mapping[str, str], *, parts: int = 0) -> None:
    """Begin, and be killed after so many parts."""
    async with open_keys(Settings.from_environ(environ)) as keys:
        assert await keys.begin()
        if parts:
            async for _ in keys.move():
                parts -= 1
                if not parts:
                    return


def test_all_keys_begin_with_the_tag_afterwards(environ: Mapping[str, str], made: Installation) -> None:
    before = {each for each in list_keys(environ) if each.startswith("ours:")}
    assert not any(each.startswith("{") for each in list_keys(environ))
    ending = call(environ, "move-keys", "--json")
    assert (ending.code, ending.lines[0]["beginning"]) == (0, "{ours}")
    require_moved(environ)
    lasting = {each for each in before if "queue:" not in each and ":worker" not in each and ":check" not in each}
    lasting -= {f"ours:{each}" for each in ("counted", "reaped_to", "identity:changes")}
    assert {each.replace("ours:", "{ours}:", 1) for each in lasting} <= list_keys(environ)
    again = call(environ, "move-keys")
    assert (again.code, again.output) == (0, "Nothing to do.\n")

    async def look() -> None:
        async with open_resources(Settings.from_environ(environ)) as resources:
            for tenant in TENANTS:
                assert await resources.identity.find_key(hash_key(made.keys[tenant])) is not None
            assert [each.entry for each in (await resources.audit.list("acme")).records] == [ENTRY]
            listed = (await resources.jobs.list_jobs("acme", where=JobFilter())).jobs
            assert {each.id for each in listed} == {each.id for each in made.jobs if each.tenant == "acme"}

    asyncio.run(look())


@pytest.mark.parametrize("parts", [0, 1, 2, 5, 12])
def test_a_killed_move_goes_on(
    environ: Mapping[str, str], made: Installation, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_AT_ONCE", 3)
    before = len(list_keys(environ))
    asyncio.run(begin_moving(environ, parts=parts))
    with pytest.raises(StoreUnavailableError, match="are being moved"):
        asyncio.run(_open(environ))
    assert call(environ, "backup", "nowhere").code != 0
    assert call(environ, "move-keys").code == 0
    require_moved(environ)
    assert len(list_keys(environ)) >= before - 10  # events and what workers wrote
    asyncio.run(_open(environ))


async def _open(environ: Mapping[str, str]) -> None:
    async with open_resources(Settings.from_environ(environ)):
        pass


def test_a_server_that_lost_the_beginning_is_told_again(environ: Mapping[str, str], made: Installation) -> None:
    async def move() -> None:
        async with open_keys(Settings.from_environ(environ)) as keys:
            assert await keys.begin()
            with Redis.from_url(as_owner(environ["GRAPHFERRY_VALKEY_URL"])) as client:
                client.delete("ours:moved")
            with pytest.raises(StoreUnavailableError, match="run it again"):
                [_ async for _ in keys.move()]

    asyncio.run(move())
    assert call(environ, "move-keys").code == 0
    require_moved(environ)


def test_keys_that_were_written_meanwhile_are_named(environ: Mapping[str, str], made: Installation) -> None:
    job = made.ended.id
    with Redis.from_url(as_owner(environ["GRAPHFERRY_VALKEY_URL"])) as client:
        client.set(f"{{ours}}:job:{job}", "")
        ending = call(environ, "move-keys")
        assert (ending.code, f"such as ours:job:{job}" in ending.messages) == (1, True)
        client.delete(f"{{ours}}:job:{job}")
    assert call(environ, "move-keys").code == 0


def test_a_store_without_the_installation_is_told(valkey_url: str, tmp_path: Path) -> None:
    environ = make_environ(make_user(valkey_url, "ours", for_commands=True, of_before=True), tmp_path)
    ending = call(environ, "move-keys")
    assert (ending.code, "holds no installation 'ours'" in ending.messages) == (1, True)
    assert list_keys(environ) == set()


def test_another_installation_is_left_alone(environ: Mapping[str, str], made: Installation) -> None:
    with Redis.from_url(as_owner(environ["GRAPHFERRY_VALKEY_URL"]), decode_responses=True) as client:
        client.set("ours:two:identity:filled", 1)
        ending = call(environ, "move-keys")
        assert (ending.code, "ours:two:identity:filled" in ending.messages) == (1, True)
        assert client.exists("ours:identity:filled")
        client.delete("ours:two:identity:filled")
    assert call(environ, "move-keys").code == 0


def test_a_cluster_has_nothing_to_move(cluster_url: str, tmp_path: Path) -> None:
    assert call(make_environ(cluster_url, tmp_path), "move-keys").output == "Nothing to do.\n"


class TestProcessesAtWork:
    """They have opened the store before."""

    async def test_nothing_is_done_meanwhile(self, environ: Mapping[str, str], tmp_path: Path) -> None:
        made = await fill_installation(environ)
        async with open_resources(Settings.from_environ(environ)) as resources:
            await begin_moving(environ, parts=1000)
            before = list_keys(environ)
            for attempt in list_attempts(resources, made):
                with pytest.raises(StoreUnavailableError):
                    await attempt()
            assert list_keys(environ) == before
            await asyncio.to_thread(call, environ, "move-keys")
            assert await resources.jobs.reap() >= 0
            for attempt in list_attempts(resources, made):
                await attempt()
        require_moved(environ)

    async def test_claims_hold(self, environ: Mapping[str, str]) -> None:
        made = await fill_installation(environ)
        async with open_resources(Settings.from_environ(environ)) as resources:
            claim = await resources.jobs.claim(Event(job_id=made.queued.id, attempt=1), "two/2")
            assert claim is not None
            await asyncio.to_thread(call, environ, "move-keys")
            assert await resources.jobs.renew(claim, Progress(phase=Phase.NODES)) is Order.GO_ON
            assert await resources.jobs.finish(claim, Outcome(status=Status.CLOSED))
            assert (await resources.jobs.get(made.queued.id)).crashes == 0
            for job in (made.running, made.waiting, made.held):
                record = await resources.jobs.get(job.id)
                held = Claim(job=record, attempt=record.attempt, fence=record.fence)
                done = await resources.jobs.finish(held, Outcome(status=Status.CLOSED))
                assert done or await answer(resources.jobs, Event(job_id=job.id, attempt=record.attempt))
            assert [(await resources.jobs.get(each.id)).status for each in made.jobs] == [Status.CLOSED] * 5

    async def test_a_worker_goes_on(self, environ: Mapping[str, str], tmp_path: Path) -> None:
        url = environ["GRAPHFERRY_VALKEY_URL"]
        async with open_worker(url, tmp_path / "worker") as worker:
            first = await worker.submit()
            await worker.wait_for_end(first)
            await asyncio.to_thread(call, environ, "move-keys")
            jobs = [await worker.submit(tenant=tenant) for tenant in ("acme", "globex", "acme")]
            assert [(await worker.wait_for_end(each)).status for each in jobs] == [Status.CLOSED] * 3
            assert worker.rig.namespace == "{ours}"
        assert not [each for each in list_keys(environ) if each.startswith("arq:") and "health" not in each]

    async def test_events_that_no_worker_has_taken_are_written_anew(self, environ: Mapping[str, str]) -> None:
        made = await fill_installation(environ)
        async with open_resources(Settings.from_environ(environ)) as resources:
            await asyncio.to_thread(call, environ, "move-keys")
            await resources.jobs.reap()
            record = await resources.jobs.get(made.queued.id)
            assert record.attempt == 2
            assert await answer(resources.jobs, Event(job_id=record.id, attempt=2))

    async def test_changes_of_identity_are_told_on(self, environ: Mapping[str, str]) -> None:
        await fill_installation(environ)
        told = asyncio.Event()
        async with open_resources(Settings.from_environ(environ)) as resources:
            watching = asyncio.create_task(resources.identity.watch(told.set))
            await asyncio.wait_for(told.wait(), 10.0)
            await asyncio.to_thread(call, environ, "move-keys")
            with pytest.raises(StoreUnavailableError):  # so that its loop begins again
                await asyncio.wait_for(watching, 10.0)
            await resources.jobs.reap()
            watching = asyncio.create_task(resources.identity.watch(told.set))
            told.clear()
            await asyncio.wait_for(told.wait(), 10.0)
            told.clear()
            await resources.identity.create_tenant(Tenant(name="new", databases=()))
            await asyncio.wait_for(told.wait(), 10.0)
            await cancel_all([watching])


def list_attempts(resources: Resources, made: Installation) -> Sequence[Callable[[], Awaitable[object]]]:
    """All sorts of ways to ask a store, or to change it."""
    jobs, identity, key = resources.jobs, resources.identity, hash_key(made.keys["acme"])
    tenant = Tenant(name="new", databases=())
    return [
        lambda: jobs.get(made.ended.id),
        lambda: jobs.find_accepted("acme", "first"),
        lambda: jobs.list_waiting("acme"),
        lambda: jobs.find_place(made.ended),
        lambda: jobs.find_running("acme"),
        lambda: jobs.list_jobs("acme", where=JobFilter()),
        jobs.read_totals,
        jobs.reap,
        lambda: jobs.submit(make_job("new"), when_busy=WhenBusy.QUEUE),
        lambda: identity.find_key(key),
        identity.list_tenants,
        lambda: identity.create_tenant(tenant),
        lambda: resources.audit.append(ENTRY),
    ]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the version before."""
    try:
        return take_tree(LAST_RELEASE, tmp_path_factory.mktemp("history") / "old")
    except NoHistoryError as error:
        pytest.skip(f"the version before cannot be run: {error}")


class TestTheVersionBefore:
    """One of its processes may have been forgotten."""

    def run(self, tree: Path, environ: Mapping[str, str], program: str) -> tuple[str, str]:
        variables = {**os.environ, **environ, "PYTHONPATH": str(tree)}
        command = [sys.executable, "-c", program]
        ended = subprocess.run(command, env=variables, cwd=tree, capture_output=True, text=True, check=False)
        return ended.stdout, ended.stderr

    def test_it_works_with_a_store_that_was_not_moved(
        self, tree: Path, environ: Mapping[str, str], made: Installation
    ) -> None:
        assert "created" in self.run(tree, environ, SUBMISSION)[0]
        assert self.run(tree, environ, START)[0] == "started\n"

    @pytest.mark.parametrize("state", ["begun", "done", "new"])
    def test_it_accepts_nothing_where_nobody_would_look(
        self, tree: Path, valkey_url: str, environ: Mapping[str, str], state: str
    ) -> None:
        if state == "new":
            with Redis.from_url(as_owner(valkey_url)) as client:
                client.flushall()
            asyncio.run(_open(environ))
        else:
            asyncio.run(fill_installation(environ))
            asyncio.run(begin_moving(environ))
        if state == "done":
            assert call(environ, "move-keys").code == 0
        before = list_keys(environ)
        for program in (SUBMISSION, START):
            output, told = self.run(tree, environ, program)
            assert output in {"", "begins\n"}
            assert "WRONGTYPE" in told
        assert list_keys(environ) == before
