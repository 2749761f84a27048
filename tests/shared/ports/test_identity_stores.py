"""Both identity stores keep the promises of their port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.valkey.identity.store import open_valkey_identity
from shared.api_keys import KnownKey, hash_key
from shared.concurrency.loops import cancel_all
from shared.errors import ConflictError, GroundsChangedError, NotFoundError, UnknownTenantError, UnknownUserError
from shared.identity import (
    EVERYONE,
    ApplicationName,
    DatabaseNames,
    Grant,
    Grounds,
    ImportedApplication,
    Role,
    Standing,
    Tenant,
    TenantLimits,
    User,
)
from shared.ports.identity import IdentityStore
from shared.settings.process import Settings
from tests.support.clocks import set_process_clock
from tests.support.keys import CREATED, admit, make_key, make_user
from tests.support.memory.identity import MemoryIdentity

ACME = Tenant(name="acme", databases=("source",))
SHOP = ApplicationName("source", "Shop")
BOOK = ApplicationName("source", "Bö\x00k/*")


@pytest.fixture(params=["memory", *(pytest.param(each, marks=pytest.mark.engines) for each in ("valkey", "cluster"))])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[IdentityStore]:
    if request.param == "memory":
        yield MemoryIdentity()
    else:
        given = request.getfixturevalue(f"{request.param}_url")
        url = Settings(valkey_url=given, installation="test").valkey_address
        async with open_valkey_identity(url, installation="test", mirror=tmp_path / "identity.json") as identity:
            yield identity


def make_grant(tenant: str = "acme", application: ApplicationName = SHOP, user: str = "ann") -> Grant:
    return Grant(tenant=tenant, application=application, user=user, granted_by="boss", created=CREATED)


async def give(store: IdentityStore, *grants: Grant) -> None:
    """Store grants for whoever it be, and before them their tenants where there are none."""
    for each in grants:
        with suppress(ConflictError):
            await store.create_tenant(replace(ACME, name=each.tenant))
        await store.put_grant(each, needs_user=False)


def make_import(application: ApplicationName = SHOP, job_id: str = "one", user: str = "ann") -> ImportedApplication:
    return ImportedApplication(application=application, tenant="acme", user=user, job_id=job_id, created=CREATED)


async def find(store: IdentityStore, sha256: str) -> KnownKey:
    found = await store.find_key(sha256)
    assert found is not None
    return found


async def test_a_key_comes_back_as_it_was_stored_with_its_user(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    key = replace(make_key(), name="für CI")
    await admit(store, key)
    found = await find(store, key.sha256)
    assert found.key.last_used is not None
    assert abs(found.key.last_used - datetime.now(UTC)) < timedelta(minutes=1)
    assert replace(found.key, last_used=None) == key
    assert replace(found.user, last_used=None) == make_user()


async def test_an_unknown_key_is_none(store: IdentityStore) -> None:
    assert await store.find_key(hash_key("nothing")) is None


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "behind"])
async def test_a_keys_time_is_over_by_the_stores_clock(
    store: IdentityStore, ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create_tenant(ACME)
    now = datetime.now(UTC)
    set_process_clock(monkeypatch, ahead)
    for minutes in (30, -30):
        key = make_key(text=f"{minutes}", expires=now + timedelta(minutes=minutes))
        await admit(store, key)
        known = await store.find_key(key.sha256)
        assert known is not None
        assert known.is_over == (minutes < 0)
        assert abs(known.read - now) < timedelta(minutes=5)


async def test_a_key_needs_its_user_and_a_user_a_tenant(store: IdentityStore) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        await store.create_user(make_user("nobody"))
    await store.create_tenant(ACME)
    with pytest.raises(NotFoundError, match="ghost"):
        await store.create_key(make_key(user="ghost"))
    assert await store.list_keys("acme") == []


async def test_a_user_of_the_installation_needs_no_tenant(store: IdentityStore) -> None:
    key = make_key("")
    await admit(store, key, {Role.SUPER_ADMIN})
    found = await find(store, key.sha256)
    assert (found.key.tenant, found.user.tenant, found.user.roles) == ("", "", frozenset({Role.SUPER_ADMIN}))
    assert [each.id for each in await store.list_keys("")] == [key.id]


async def test_a_change_of_a_user_counts_at_once(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    key = make_key()
    await admit(store, key, {Role.ADMIN})
    importers = frozenset({Role.IMPORTER})
    changed = await store.change_user("acme", "ünï", lambda user: replace(user, roles=importers, disabled=True))
    assert replace(changed, last_used=None) == replace(make_user(), roles=importers, disabled=True)
    found = await find(store, key.sha256)
    assert (found.user.roles, found.user.disabled) == (frozenset({Role.IMPORTER}), True)
    await store.remove_user("acme", "ünï")
    assert await store.find_key(key.sha256) is None
    await store.create_user(make_user())
    assert await store.find_key(key.sha256) is None  # a new user of the name does not get the old one's keys
    with pytest.raises(ConflictError, match="ünï"):
        await store.create_user(make_user())
    for changing in (store.change_user("acme", "ghost", lambda user: user), store.remove_user("acme", "ghost")):
        with pytest.raises(NotFoundError, match="ghost"):
            await changing


async def test_users_are_those_of_their_tenant(store: IdentityStore) -> None:
    for tenant in ("acme", "acme2"):
        await store.create_tenant(replace(ACME, name=tenant))
        for name in ("zoe", "a/b"):
            await store.create_user(make_user(tenant, name=name))
    await store.create_user(make_user("", name="acme/root", roles={Role.SUPER_ADMIN}))
    assert [user.name for user in await store.list_users("acme")] == ["a/b", "zoe"]
    assert [user.name for user in await store.list_users("")] == ["acme/root"]
    found = await store.get_user("acme2", "zoe")
    assert found == make_user("acme2", name="zoe")
    assert await store.get_user("", "zoe") is None


async def test_tenants_are_open_to_whom_they_have_not_disabled(store: IdentityStore) -> None:
    for tenant in ("acme", "globex", "other"):
        await store.create_tenant(replace(ACME, name=tenant))
    for tenant, disabled in (("acme", True), ("globex", False)):
        await store.create_user(replace(make_user(tenant, name="jane"), disabled=disabled))
    asked = ["other", "missing", "acme", "globex"]
    assert list(await store.choose_open_tenants(asked, "jane")) == ["other", "globex"]
    assert list(await store.choose_open_tenants(asked, "joe")) == ["other", "acme", "globex"]
    assert list(await store.choose_open_tenants([], "jane")) == []
    await store.create_user(replace(make_user("globex", name="Jose\u0301"), disabled=True))
    for spelled in ("Jos\u00e9", "Jose\u0301"):
        assert list(await store.choose_open_tenants(asked, spelled)) == ["other", "acme"]


async def test_using_a_key_shows_on_key_and_user(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    used, unused = make_key(), make_key(user="other")
    for key in (used, unused):
        await admit(store, key)
    await store.find_key(used.sha256)
    seen = {key.id: key.last_used for key in await store.list_keys("acme")}
    assert (seen[used.id] is None, seen[unused.id]) == (False, None)
    assert {user.name: user.last_used is None for user in await store.list_users("acme")} == {
        "ünï": False,
        "other": True,
    }
    found = await store.get_user("acme", "ünï")
    assert found is not None
    assert found.last_used is not None


async def test_keys_are_replaced_and_removed(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    old, new = make_key(), replace(make_key(), created=CREATED + timedelta(days=1))
    await admit(store, old)
    await store.replace_key(old.sha256, new)
    assert await store.find_key(old.sha256) is None
    assert (await find(store, new.sha256)).key.id == new.id
    for ending in (store.replace_key(old.sha256, new), store.remove_key(old.sha256)):
        with pytest.raises(NotFoundError):
            await ending
    await store.create_key(old)
    assert [key.id for key in await store.list_keys("acme")] == [old.id, new.id]
    await store.remove_key(new.sha256)
    assert await store.find_key(new.sha256) is None
    assert await store.find_key(old.sha256) is not None


async def test_tenants_are_changed_and_listed_by_name(store: IdentityStore) -> None:
    await store.create_tenant(Tenant(name="globex", databases=()))
    await store.create_tenant(Tenant(name="acme", databases=("one",)))
    changed = Tenant(
        name="acme",
        databases=("two", "one"),
        catalogue_database="one",
        limits=TenantLimits(max_archive_bytes=1, waiting_jobs=0, max_total_bytes=2, keep_archives_days=3),
        created=CREATED,
    )
    assert await store.change_tenant("acme", lambda _: changed) == changed
    assert await store.get_tenant("acme") == changed
    assert await store.get_tenant("ACME") is None
    assert [tenant.name for tenant in await store.list_tenants()] == ["acme", "globex"]
    with pytest.raises(ConflictError, match="acme"):
        await store.create_tenant(ACME)
    assert await store.get_tenant("acme") == changed


async def test_a_tenant_goes_with_all_that_is_its_own(store: IdentityStore) -> None:
    keys = {tenant: make_key(tenant) for tenant in ("acme", "acme2")}
    for tenant, key in keys.items():
        await store.create_tenant(replace(ACME, name=tenant))
        await admit(store, key)
        await give(store, make_grant(tenant))
    await store.remove_tenant("acme")
    assert await store.get_tenant("acme") is None
    assert (await store.list_users("acme"), await store.list_keys("acme"), await store.list_grants("acme")) == (
        [],
        [],
        [],
    )
    assert await store.find_key(keys["acme"].sha256) is None
    assert await store.find_key(keys["acme2"].sha256) is not None
    assert await store.list_grants("acme2") == [make_grant("acme2")]
    with pytest.raises(NotFoundError, match="acme"):
        await store.remove_tenant("acme")


async def test_grants_are_kept_once_and_taken_back(store: IdentityStore) -> None:
    grant, everyone, other = make_grant(), make_grant(user=EVERYONE), make_grant(application=BOOK)
    for tenant in ("acme", "globex"):
        await store.create_tenant(replace(ACME, name=tenant))
        await store.create_user(make_user(tenant, name="ann"))
    for each in (grant, everyone, other, make_grant("globex")):
        assert await store.put_grant(each) == each
    assert await store.put_grant(replace(grant, granted_by="other")) == grant
    assert await store.list_grants("acme") == [other, everyone, grant]
    assert len({each.id for each in (grant, everyone, other, make_grant("globex"))}) == 4
    await store.remove_grant(grant)
    assert await store.list_grants("acme") == [other, everyone]
    with pytest.raises(NotFoundError, match=grant.id):
        await store.remove_grant(grant)


async def test_grants_go_with_their_user(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    await store.create_user(make_user(name="ann"))
    kept = [make_grant(user=EVERYONE), make_grant(user="bob"), make_grant("globex")]
    await give(store, make_grant(), *kept)
    await store.remove_user("acme", "ann")
    assert [*await store.list_grants("acme"), *await store.list_grants("globex")] == kept


async def test_how_users_stand_to_applications(store: IdentityStore) -> None:
    free = ApplicationName("source", "Free")
    await store.note_imported([make_import(), make_import(BOOK)])
    await give(store, make_grant(), make_grant(application=BOOK, user=EVERYONE))
    shop, book = make_import(), make_import(BOOK)
    assert await store.read_standings("acme", "ann", [SHOP, free, BOOK]) == [
        Standing(imported=shop, is_granted=True),
        Standing(imported=None, is_granted=False),
        Standing(imported=book, is_granted=True),
    ]
    assert [each.is_granted for each in await store.read_standings("acme", "bob", [SHOP, BOOK])] == [False, True]
    assert [each.is_granted for each in await store.read_standings("globex", "ann", [SHOP, BOOK])] == [False, False]
    assert await store.read_standings("acme", "ann", []) == []


async def test_what_is_noted_twice_by_one_job_keeps_its_grants(store: IdentityStore) -> None:
    await store.note_imported([make_import()])
    await give(store, make_grant())
    await store.note_imported([make_import()])
    assert await store.list_grants("acme") == [make_grant()]
    await store.note_imported([make_import(job_id="two", user="bob")])
    assert await store.list_grants("acme") == []
    (standing,) = await store.read_standings("acme", "ann", [SHOP])
    assert standing.imported == make_import(job_id="two", user="bob")


async def test_what_is_gone_or_never_came_is_forgotten(store: IdentityStore) -> None:
    await store.note_imported([make_import(), make_import(BOOK, "two")])
    await give(store, make_grant(), make_grant("globex"), make_grant(application=BOOK))
    await store.forget_application(SHOP)
    assert (await store.list_grants("acme"), await store.list_grants("globex")) == ([make_grant(application=BOOK)], [])
    standings = await store.read_standings("acme", "ann", [SHOP, BOOK])
    assert [each.imported for each in standings] == [None, make_import(BOOK, "two")]
    await store.withdraw_imported("one")
    await store.withdraw_imported("two")
    assert [each.imported for each in await store.read_standings("acme", "ann", [SHOP, BOOK])] == [None, None]
    assert await store.list_grants("acme") == []


async def test_a_removed_tenant_does_not_come_back(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    await admit(store, make_key())
    await give(store, make_grant())
    await store.remove_tenant("acme")
    changes: list[tuple[Awaitable[object], type[Exception]]] = [
        (store.change_tenant("acme", lambda tenant: replace(tenant, databases=("target",))), UnknownTenantError),
        (store.create_user(make_user(name="new")), UnknownTenantError),
        (store.change_user("acme", "ünï", lambda user: user), UnknownUserError),
        (store.create_key(make_key()), UnknownUserError),
        (store.put_grant(make_grant(user=EVERYONE)), UnknownTenantError),
        (store.put_grant(make_grant(), needs_user=False), UnknownTenantError),
    ]
    for changing, error in changes:
        with pytest.raises(error):
            await changing
    assert await store.list_tenants() == []
    left = await store.list_users("acme"), await store.list_keys("acme"), await store.list_grants("acme")
    assert left == ([], [], [])


async def test_a_grant_needs_its_user(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    with pytest.raises(UnknownUserError, match="ann"):
        await store.put_grant(make_grant())
    assert await store.list_grants("acme") == []
    await store.put_grant(make_grant(), needs_user=False)
    await store.put_grant(make_grant(user=EVERYONE))
    assert len(await store.list_grants("acme")) == 2


async def end_key(store: IdentityStore) -> None:
    await store.remove_key(hash_key("boss's"))


async def end_giver(store: IdentityStore) -> None:
    await store.remove_user("acme", "boss")


async def demote_giver(store: IdentityStore) -> None:
    await store.change_user("acme", "boss", lambda user: replace(user, roles=frozenset()))


def changes_of(store: IdentityStore) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """Make every change that somebody may ask for."""
    key = make_key(text="new", user="ann")
    return {
        "create_tenant": lambda: store.create_tenant(replace(ACME, name="new")),
        "change_tenant": lambda: store.change_tenant("acme", lambda tenant: replace(tenant, databases=())),
        "create_user": lambda: store.create_user(make_user(name="new")),
        "change_user": lambda: store.change_user("acme", "ann", lambda user: replace(user, disabled=True)),
        "create_key": lambda: store.create_key(key),
        "put_grant": lambda: store.put_grant(make_grant(application=BOOK)),
        "remove_grant": lambda: store.remove_grant(make_grant()),
        "replace_key": lambda: store.replace_key(hash_key("ann's"), key),
        "remove_key": lambda: store.remove_key(key.sha256),
        "remove_user": lambda: store.remove_user("acme", "ann"),
        "remove_tenant": lambda: store.remove_tenant("acme"),
    }


async def make_boss(store: IdentityStore) -> Grounds:
    """Give what the rights of `boss` rest on, to whom `ann` is subject."""
    await store.create_tenant(ACME)
    key = make_key(text="boss's", user="boss")
    await admit(store, key)
    await admit(store, make_key(text="ann's", user="ann"))
    await store.put_grant(make_grant())
    user = await store.get_user("acme", "boss")
    assert user is not None
    return Grounds(tenant="acme", user="boss", version=user.version, sha256=key.sha256)


@pytest.mark.parametrize("loss", [end_key, end_giver, demote_giver])
async def test_whoever_loses_the_rights_changes_nothing_by_them(
    store: IdentityStore, loss: Callable[[IdentityStore], Awaitable[None]]
) -> None:
    grounds = await make_boss(store)
    await loss(store)
    before = [await store.list_users("acme"), await store.list_keys("acme"), await store.list_grants("acme")]
    for change in changes_of(store.on(grounds)).values():
        with pytest.raises(GroundsChangedError):
            await change()
    assert before == [await store.list_users("acme"), await store.list_keys("acme"), await store.list_grants("acme")]
    assert await store.list_tenants() == [ACME]


async def test_whoever_has_the_rights_still_makes_each_change(store: IdentityStore) -> None:
    grounds = await make_boss(store)
    await store.find_key(hash_key("boss's"))  # a use is no change
    for change in changes_of(store.on(grounds)).values():
        await change()
    assert [each.name for each in await store.list_tenants()] == ["new"]


async def test_whoever_no_longer_brought_an_application_grants_nothing_on_it(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    imported = make_import(user="boss")
    await store.note_imported([imported])
    await store.put_grant(make_grant(user=EVERYONE), imported=imported)
    await store.note_imported([make_import(job_id="two", user="other")])
    with pytest.raises(GroundsChangedError):
        await store.put_grant(make_grant(user=EVERYONE), imported=imported)
    assert await store.list_grants("acme") == []


async def test_nobody_of_ours_has_rights_until_there_is_one_of_the_name(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    outside = store.on(Grounds(tenant="acme", user="jane", version=None, sha256=None))
    await outside.put_grant(make_grant(user=EVERYONE))
    await store.create_user(make_user(name="jane"))
    with pytest.raises(GroundsChangedError):
        await outside.put_grant(make_grant(application=BOOK, user=EVERYONE))


class RefusedError(Exception):
    pass


def refuse(_: object) -> None:
    raise RefusedError


async def test_what_a_check_refuses_stays_as_it_is(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    key, grant = make_key(), make_grant()
    await admit(store, key)
    await give(store, grant)

    def refuse_change(_: object) -> Any:
        raise RefusedError

    for changing in (
        store.change_tenant("acme", refuse_change),
        store.change_user("acme", "ünï", refuse_change),
        store.remove_key(key.sha256, refuse),
        store.replace_key(key.sha256, make_key(), refuse),
        store.remove_grant(grant, refuse),
        store.remove_user("acme", "ünï", refuse),
        store.remove_tenant("acme", refuse),
    ):
        with pytest.raises(RefusedError):
            await changing
    assert await store.list_tenants() == [ACME]
    assert await store.list_users("acme") == [make_user()]
    assert await store.list_keys("acme") == [key]
    assert await store.list_grants("acme") == [grant]


async def test_a_version_names_a_state_and_no_use(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    key = make_key()
    await admit(store, key)
    before = (await find(store, key.sha256)).user
    assert (await find(store, key.sha256)).user.version == make_user().version == before.version
    assert (await store.list_keys("acme"))[0].version == key.version
    disabled = await store.change_user("acme", "ünï", lambda user: replace(user, disabled=True))
    assert disabled.version != before.version
    assert (await store.list_users("acme"))[0].version == disabled.version
    limited = await store.change_tenant("acme", lambda tenant: replace(tenant, limits=TenantLimits(waiting_jobs=1)))
    assert limited.version not in (ACME.version, before.version)


async def test_changes_at_once_are_all_kept(store: IdentityStore) -> None:
    await store.create_tenant(ACME)
    await store.create_user(make_user(name="ann", roles=()))

    def append(database: str) -> Callable[[Tenant], Tenant]:
        return lambda tenant: replace(tenant, databases=(*tenant.databases, database))

    def add(role: Role) -> Callable[[User], User]:
        return lambda user: replace(user, roles=user.roles | {role})

    names = [str(number) for number in range(8)]
    await asyncio.gather(
        *(store.change_tenant("acme", append(name)) for name in names),
        *(store.change_user("acme", "ann", add(role)) for role in Role),
    )
    (tenant,), (user,) = await store.list_tenants(), await store.list_users("acme")
    assert set(tenant.databases) == {"source", *names}
    assert user.roles == set(Role)


async def test_who_watches_is_told_of_changes_and_of_nothing_else(store: IdentityStore) -> None:
    key = make_key("")
    told = asyncio.Event()
    watching = asyncio.create_task(store.watch(told.set))
    try:
        for change in (
            lambda: asyncio.sleep(0),  # that it begins is told too
            lambda: store.create_tenant(ACME),
            lambda: admit(store, key, {Role.SUPER_ADMIN}),
            lambda: store.change_tenant("acme", lambda tenant: tenant),
            lambda: store.note_imported([make_import()]),
            lambda: store.put_grant(make_grant(), needs_user=False),
            lambda: store.forget_application(SHOP),
            lambda: store.remove_key(key.sha256),
            lambda: store.remove_tenant("acme"),
        ):
            await change()
            async with asyncio.timeout(20):
                await told.wait()
            await asyncio.sleep(0.05)
            told.clear()
        await store.find_key(key.sha256)
        await store.list_tenants()
        await asyncio.sleep(0.05)
        assert not told.is_set()
    finally:
        await cancel_all([watching])


async def test_a_database_keeps_its_names_until_another_gets_them(store: IdentityStore) -> None:
    assert await store.note_database("id/1", "a") == DatabaseNames(present=("a",))
    assert await store.note_database("id/1", "a") == DatabaseNames(present=("a",))
    assert await store.note_database("id/1", "b") == DatabaseNames(present=("a", "b"))
    assert await store.note_database("id/2", "a") == DatabaseNames(present=("a",))
    assert await store.note_database("id/1", "b") == DatabaseNames(present=("b",), former=("a",))
    assert await store.note_database("id/1", "a") == DatabaseNames(present=("b", "a"))
    assert await store.note_database("id/2", "c") == DatabaseNames(present=("c",), former=("a",))


async def test_a_new_application_ends_grants_under_other_names_of_its_database(store: IdentityStore) -> None:
    other = SHOP._replace(database="alias")
    await store.create_tenant(ACME)
    await store.note_imported([make_import(other)])
    for each in (SHOP, other):
        await give(store, make_grant(application=each))
    await store.note_imported([make_import(job_id="two")], names=["source", "alias"])
    assert await store.list_grants("acme") == []
    assert [each.imported for each in await store.read_standings("acme", "ann", [SHOP, other])] == [
        make_import(job_id="two"),
        None,
    ]
