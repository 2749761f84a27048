"""The identity store in Valkey survives the loss of Valkey's content."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import structlog
from redis.asyncio import Redis

from shared.adapters.valkey import keeping
from shared.adapters.valkey.identity.hashes import IdentityHashes
from shared.adapters.valkey.identity.store import ValkeyIdentity, open_valkey_identity
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.schema import NEEDED
from shared.adapters.valkey.shared_reads import SharedReads
from shared.api_keys import ApiKey, hash_key
from shared.concurrency.loops import cancel_all
from shared.errors import ConflictError, StoreUnavailableError
from shared.identity import ApplicationName, Grant, ImportedApplication, Role, Standing, Tenant, TenantLimits
from shared.ports.identity import IdentityStore
from tests.support.keys import CREATED, admit, make_key, make_user
from tests.support.least_rights import as_owner

pytestmark = pytest.mark.engines

ACME = Tenant(name="acme", databases=("source",))
SHOP = ApplicationName("source", "Shop")
GRANT = Grant(tenant="acme", application=SHOP, user="ann", granted_by="boss", created=CREATED)
IMPORTED = ImportedApplication(application=SHOP, tenant="acme", user="boss", job_id="one", created=CREATED)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def empty(url: str) -> None:
    async with Redis.from_url(as_owner(url)) as client:
        await client.flushall()


async def make_all(store: IdentityStore, key: ApiKey) -> None:
    """Have something of every kind."""
    await store.create_tenant(ACME)
    await admit(store, key)
    await store.note_imported([IMPORTED])
    await store.put_grant(GRANT, needs_user=False)


async def check_all(store: IdentityStore, key: ApiKey) -> None:
    assert await store.list_tenants() == [ACME]
    assert [replace(each, last_used=None) for each in await store.list_users("acme")] == [make_user()]
    assert [replace(each, last_used=None) for each in await store.list_keys("acme")] == [key]
    assert await store.list_grants("acme") == [GRANT]
    assert await store.read_standings("acme", "ann", [SHOP]) == [Standing(imported=IMPORTED, is_granted=True)]
    assert await store.find_key(key.sha256) is not None


async def test_an_emptied_store_is_filled_again_while_open(valkey_url: str, tmp_path: Path) -> None:
    key = make_key()
    async with open_valkey_identity(valkey_url, installation="test", mirror=tmp_path / "identity.json") as store:
        await make_all(store, key)
        await empty(valkey_url)
        await check_all(store, key)
        await empty(valkey_url)
        assert await store.find_key(key.sha256) is not None


async def test_an_emptied_store_is_filled_again_at_the_start(valkey_url: str, tmp_path: Path) -> None:
    mirror, key = tmp_path / "identity.json", make_key()
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await make_all(store, key)
    await empty(valkey_url)
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await check_all(store, key)


OLD_KEYS = [
    {"sha256": hash_key(str(number)), "tenant": tenant, "user": user, "roles": roles, "last_four": "wxyz",
     "created": f"2025-01-0{number}T00:00:00+00:00", "expires": None}
    for number, (tenant, user, roles) in enumerate(
        [("acme", "ann", ["importer"]), ("acme", "ann", []), ("acme", "bob", []), ("", "root", ["SUPER_ADMIN"])], 1
    )
]  # fmt: skip
"""As they were when each key had its roles, and users stood nowhere."""
OLD_CONTENT = {
    "keys": {key["sha256"]: orjson.dumps(key).decode() for key in OLD_KEYS},
    "tenants": {"acme": '{"name":"acme","databases":["source"]}'},
}


async def check_upgraded(store: IdentityStore) -> None:
    users = [*await store.list_users("acme"), *await store.list_users("")]
    assert {user.name: user.roles for user in users} == {
        "ann": {Role.IMPORTER}, "bob": frozenset(), "root": {Role.SUPER_ADMIN}
    }  # fmt: skip
    assert [user.created.day for user in users] == [1, 3, 4]
    for old in OLD_KEYS:
        found = await store.find_key(str(old["sha256"]))
        assert found is not None
        assert (found.key.tenant, found.key.user, found.key.last_four) == (old["tenant"], old["user"], "wxyz")
    assert len({key.id for key in await store.list_keys("acme")}) == 3
    assert await store.get_tenant("acme") == ACME


async def test_an_earlier_versions_keys_give_their_users_the_roles(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    async with Redis.from_url(as_owner(valkey_url)) as client:
        for name, content in OLD_CONTENT.items():
            await client.hset(f"{{test}}:identity:{name}", mapping=content)
        await client.set("{test}:identity:filled", 1)
    for _ in range(2):
        async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
            await check_upgraded(store)
    await empty(valkey_url)
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await check_upgraded(store)


async def test_an_earlier_versions_mirror_fills_an_emptied_store(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    mirror.write_bytes(orjson.dumps(OLD_CONTENT))
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await check_upgraded(store)


async def test_changes_that_meet_are_decided_one_after_the_other(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as one,
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as two,
    ):
        creating = [store.create_tenant(replace(ACME, limits=TenantLimits(waiting_jobs=number)))
                    for number, store in enumerate((one, two) * 4)]  # fmt: skip
        answers = await asyncio.gather(*creating, return_exceptions=True)
        (first,) = (number for number, answer in enumerate(answers) if answer is None)
        assert sum(isinstance(answer, ConflictError) for answer in answers) == 7
        assert await one.get_tenant("acme") == replace(ACME, limits=TenantLimits(waiting_jobs=first))


async def test_a_write_into_an_emptied_store_loses_nothing(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    old, new = make_key(), make_key()
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await store.create_tenant(ACME)
        await admit(store, old)
        await empty(valkey_url)
        await admit(store, new)
        await empty(valkey_url)
        assert await store.find_key(old.sha256) is not None
        assert await store.find_key(new.sha256) is not None


async def test_the_mirror_holds_hashes_for_its_owner_alone(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    key = make_key()
    async with open_valkey_identity(valkey_url, installation="test", mirror=mirror) as store:
        await store.create_tenant(ACME)
        await admit(store, key)
    assert stat.S_IMODE(mirror.stat().st_mode) == 0o600
    assert key.sha256 in mirror.read_text()
    assert names_in(tmp_path) == ["identity.json", "identity.lock"]


async def test_changes_at_once_are_all_mirrored(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    keys = [make_key() for _ in range(20)]
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as one,
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as two,
    ):
        await one.create_tenant(ACME)
        await one.create_user(make_user())
        await asyncio.gather(*(admit((one, two)[number % 2], key) for number, key in enumerate(keys)))
    text = mirror.read_text()
    assert all(key.sha256 in text for key in keys)


async def test_authentication_is_one_round_trip(valkey_url: str, tmp_path: Path) -> None:
    key = make_key("")
    async with Redis.from_url(as_owner(valkey_url), decode_responses=True) as client:
        hashes = IdentityHashes(client, namespace=Namespace("test"), mirror=tmp_path / "identity.json")
        await hashes.prepare()
        store = ValkeyIdentity(hashes, client, SharedReads(client))
        await admit(store, key)
        await store.find_key(key.sha256)
        before = await client.info("commandstats")
        assert await store.find_key(key.sha256) is not None
        after = await client.info("commandstats")
    assert after["cmdstat_evalsha"]["calls"] - before["cmdstat_evalsha"]["calls"] == 1
    assert {name for name in after if after[name]["calls"] != before.get(name, {"calls": 0})["calls"]} <= {
        "cmdstat_evalsha", "cmdstat_info", "cmdstat_exists", "cmdstat_hget", "cmdstat_time"
    }  # fmt: skip


async def test_a_broken_mirror_is_never_overwritten(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    mirror.write_text('{"keys": {')
    with pytest.raises(StoreUnavailableError, match=r"identity\.json"):
        async with open_valkey_identity(valkey_url, installation="test", mirror=mirror):
            pass
    assert mirror.read_text() == '{"keys": {'


async def test_a_store_out_of_reach_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        async with open_valkey_identity(
            "redis://127.0.0.1:1/0", installation="test", mirror=tmp_path / "identity.json"
        ):
            pass


async def test_changes_of_another_process_are_told_after_a_lost_connection_too(valkey_url: str, tmp_path: Path) -> None:
    mirror = tmp_path / "identity.json"
    async with Redis.from_url(as_owner(valkey_url)) as client:
        await client.mset({"{test}:schema": NEEDED, "{another}:schema": NEEDED})  # for they share the server
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as one,
        open_valkey_identity(valkey_url, installation="test", mirror=mirror) as two,
        open_valkey_identity(valkey_url, installation="another", mirror=tmp_path / "another.json") as another,
        Redis.from_url(as_owner(valkey_url)) as client,
    ):
        told = asyncio.Event()

        async def wait() -> None:
            async with asyncio.timeout(20):
                await told.wait()
            told.clear()

        watching = asyncio.create_task(one.watch(told.set))
        await wait()
        await two.create_tenant(ACME)
        await wait()
        await another.create_tenant(ACME)
        await asyncio.sleep(0.05)
        assert not told.is_set()
        await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await wait()  # what was missed may have been a change
        await two.remove_tenant("acme")
        await wait()
        await cancel_all([watching])


async def test_a_change_is_on_disk_before_it_is_answered(valkey_url: str, tmp_path: Path) -> None:
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=tmp_path / "identity.json") as store,
        Redis.from_url(as_owner(valkey_url), decode_responses=True) as client,
    ):

        async def count() -> int:
            return int((await client.info("commandstats")).get("cmdstat_waitaof", {"calls": 0})["calls"])

        before = await count()
        await store.create_tenant(ACME)
        assert await count() == before + 1
        await store.list_tenants()
        await store.put_grant(replace(GRANT, user="*"))
        await store.put_grant(replace(GRANT, user="*"))  # which changes nothing
        assert await count() == before + 2


async def test_a_slow_disk_is_told_and_ends_no_change(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "KEEPING_MS", 50)
    async with (
        open_valkey_identity(valkey_url, installation="test", mirror=tmp_path / "identity.json") as store,
        Redis.from_url(as_owner(valkey_url)) as client,
    ):
        await client.config_set("appendfsync", "no")
        try:
            with structlog.testing.capture_logs() as logged:
                await store.create_tenant(ACME)
        finally:
            await client.config_set("appendfsync", "always")
        assert await store.list_tenants() == [ACME]
    assert [each["event"] for each in logged] == [
        "a change of identity is made, but not confirmed by disk and replicas yet"
    ]
