"""A user of the store with the rights that are documented can do all that gateways and workers do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from shared.api_keys import hash_key, make_key, new_key
from shared.identity import Role, Tenant, User
from shared.jobs.record import Status
from shared.ports.jobs import EndedFilter, JobFilter, WhenBusy
from shared.resources import open_resources
from tests.gateway.test_audit import make_entry
from tests.handlers.worker.test_worker import open_worker
from tests.support.job_stores import make_cancellation, make_job, open_valkey_rig
from tests.support.least_rights import as_owner, make_user, read_rights
from tests.support.workbench import make_settings

UNSEEN = {
    "pttl",
    "ping",
    "auth",
    "hello",
    "select",
    "client|setname",
    "wait",
    "discard",
    "unwatch",
    "unsubscribe",
    "incr",
    "cluster|slots",
}
"""Commands of a connection's ways that this test does not take: other addresses, errors, replicas."""


async def use_everything(url: str, folder: Path) -> None:
    async with open_valkey_rig(url) as rig:  # before there is a worker, so that one of them waits
        closed, cancelled = [await rig.store.submit(make_job(), when_busy=WhenBusy.QUEUE) for _ in range(2)]
        await rig.store.request_cancel(cancelled.id, make_cancellation())
    async with open_worker(url, folder / "worker") as process:
        assert (await process.wait_for_end(closed)).status is Status.CLOSED
    async with open_resources(make_settings(folder, valkey_url=url, installation="ours")) as resources:
        identity, jobs, now = resources.identity, resources.jobs, datetime.now(UTC)
        watching = asyncio.create_task(identity.watch(lambda: None))
        await identity.create_tenant(Tenant(name="acme", databases=()))
        user = User(tenant="acme", name="ann", roles=frozenset({Role.ADMIN}), created=now)
        await identity.create_user(user)
        await identity.create_key(make_key(text := new_key(), user=user, now=now))
        assert await identity.find_key(hash_key(text)) is not None
        await identity.remove_tenant("acme", lambda _: None)
        await resources.audit.append(make_entry("acme"))
        assert (await resources.audit.list("acme")).records
        assert (await jobs.list_jobs("acme", where=JobFilter())).jobs
        assert (await jobs.read_listing("acme", EndedFilter(since=now - timedelta(hours=1)))).ended
        assert await jobs.read_totals()
        assert await jobs.find_write_refusal() is None
        assert (await jobs.read_keeping()).eviction is not None
        await jobs.reap()
        watching.cancel()


async def test_documented_rights_suffice_and_none_is_needless(valkey_url: str, tmp_path: Path) -> None:
    with Redis.from_url(as_owner(valkey_url)) as server:
        url = make_user(valkey_url, "ours")
        server.script_flush()  # as new: a script is sent with its text once
        server.config_resetstat()
        await use_everything(url, tmp_path)
        looks = {"ours:moved"}  # whether an earlier version has used the store: nobody says, where rights are narrow
        denied = [each for each in server.acl_log() if each["object"] not in looks]
        used = {name.removeprefix("cmdstat_") for name in server.info("commandstats")}
    assert denied == []
    given = {each.removeprefix("+") for each in read_rights("ours") if each.startswith("+")}
    assert given - used - UNSEEN == set()


async def test_what_is_another_installations_is_out_of_reach(valkey_url: str, tmp_path: Path) -> None:
    async with open_resources(
        make_settings(tmp_path, valkey_url=make_user(valkey_url, "ours"), installation="ours")
    ) as resources:
        assert await resources.jobs.find_write_refusal() is None
    with Redis.from_url(make_user(valkey_url, "ours")) as client:
        for command in ("GET theirs:x", "SET theirs:x 1", "FLUSHALL", "CONFIG GET *", "KEYS *"):
            with pytest.raises(NoPermissionError):
                client.execute_command(*command.split())
