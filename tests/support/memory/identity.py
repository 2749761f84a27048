"""Identity in dictionaries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from shared.api_keys import ApiKey, KnownKey
from shared.errors import ConflictError, GroundsChangedError, NotFoundError, UnknownTenantError, UnknownUserError
from shared.identity import (
    EVERYONE,
    ApplicationName,
    DatabaseNames,
    Grant,
    Grounds,
    ImportedApplication,
    Standing,
    Tenant,
    User,
)
from shared.ports.identity import IdentityStore, TenantChange, UserChange, let_pass
from shared.spelling import is_same


class MemoryIdentity:
    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._tenants: dict[str, Tenant] = {}
        self._users: dict[tuple[str, str], User] = {}
        self._grants: dict[tuple[str, ApplicationName, str], Grant] = {}
        self._imports: dict[ApplicationName, ImportedApplication] = {}
        self._databases: dict[str, DatabaseNames] = {}
        self._watchers: list[Callable[[], None]] = []

    def on(self, grounds: Grounds) -> IdentityStore:
        return cast("IdentityStore", _Grounded(self, grounds))

    async def watch(self, tell: Callable[[], None]) -> None:
        self._watchers.append(tell)
        tell()
        await asyncio.Event().wait()

    def _announce(self) -> None:
        for tell in self._watchers:
            tell()

    async def find_key(self, sha256: str) -> KnownKey | None:
        key = self._keys.get(sha256)
        if key is None:
            return None
        now = datetime.now(UTC)
        key = self._keys[sha256] = replace(key, last_used=now)
        user = self._users[key.tenant, key.user] = replace(self._users[key.tenant, key.user], last_used=now)
        return KnownKey(key=key, user=user, read=now)

    async def choose_open_tenants(self, tenants: Sequence[str], user: str) -> Sequence[str]:
        disabled = {tenant for (tenant, name), each in self._users.items() if is_same(name, user) and each.disabled}
        return [tenant for tenant in tenants if tenant in self._tenants and tenant not in disabled]

    async def get_tenant(self, name: str) -> Tenant | None:
        return self._tenants.get(name)

    async def list_tenants(self) -> Sequence[Tenant]:
        return [self._tenants[name] for name in sorted(self._tenants)]

    async def create_tenant(self, tenant: Tenant) -> None:
        if tenant.name in self._tenants:
            raise ConflictError(f"Tenant {tenant.name!r} already exists.")
        self._tenants[tenant.name] = tenant
        self._announce()

    async def change_tenant(self, name: str, change: TenantChange) -> Tenant:
        tenant = self._tenants[name] = change(self._require_tenant(name))
        self._announce()
        return tenant

    async def remove_tenant(self, name: str, check: Callable[[Tenant], None] = let_pass) -> None:
        check(self._require_tenant(name))
        for user in await self.list_users(name):
            await self.remove_user(name, user.name)
        self._grants = {place: grant for place, grant in self._grants.items() if grant.tenant != name}
        del self._tenants[name]
        self._announce()

    async def get_user(self, tenant: str, name: str) -> User | None:
        return self._users.get((tenant, name))

    async def list_users(self, tenant: str) -> Sequence[User]:
        return [self._users[each] for each in sorted(self._users) if each[0] == tenant]

    async def create_user(self, user: User) -> None:
        if user.tenant:
            self._require_tenant(user.tenant)
        if (user.tenant, user.name) in self._users:
            raise ConflictError(f"User {user.name!r} already exists.")
        self._users[user.tenant, user.name] = user
        self._announce()

    async def change_user(self, tenant: str, name: str, change: UserChange) -> User:
        user = self._users[tenant, name] = change(self._require_user(tenant, name))
        self._announce()
        return user

    async def remove_user(self, tenant: str, name: str, check: Callable[[User], None] = let_pass) -> None:
        check(self._require_user(tenant, name))
        del self._users[tenant, name]
        self._keys = {sha256: key for sha256, key in self._keys.items() if (key.tenant, key.user) != (tenant, name)}
        self._grants = {
            place: grant for place, grant in self._grants.items() if (grant.tenant, grant.user) != (tenant, name)
        }
        self._announce()

    async def list_keys(self, tenant: str) -> Sequence[ApiKey]:
        keys = [key for key in self._keys.values() if key.tenant == tenant]
        return sorted(keys, key=lambda key: (key.created, key.id))

    async def create_key(self, key: ApiKey) -> None:
        self._require_user(key.tenant, key.user)
        self._keys[key.sha256] = key
        self._announce()

    async def replace_key(self, sha256: str, key: ApiKey, check: Callable[[ApiKey], None] = let_pass) -> None:
        await self.remove_key(sha256, check)
        await self.create_key(key)

    async def remove_key(self, sha256: str, check: Callable[[ApiKey], None] = let_pass) -> None:
        if sha256 not in self._keys:
            raise NotFoundError("The key has ended already.")
        check(self._keys[sha256])
        del self._keys[sha256]
        self._announce()

    async def list_grants(self, tenant: str) -> Sequence[Grant]:
        return [self._grants[place] for place in sorted(self._grants) if place[0] == tenant]

    async def put_grant(
        self, grant: Grant, *, needs_user: bool = True, imported: ImportedApplication | None = None
    ) -> Grant:
        if imported is not None and self._imports.get(imported.application) != imported:
            raise GroundsChangedError("not the importer any more")
        self._require_tenant(grant.tenant)
        if needs_user and grant.user != EVERYONE:
            self._require_user(grant.tenant, grant.user)
        self._announce()
        return self._grants.setdefault((grant.tenant, grant.application, grant.user), grant)

    def require_grounds(self, grounds: Grounds) -> None:
        user = self._users.get((grounds.tenant, grounds.user))
        has_key = grounds.sha256 is None or grounds.sha256 in self._keys
        if (None if user is None else user.version) != grounds.version or not has_key:
            raise GroundsChangedError("not the rights any more")

    async def remove_grant(self, grant: Grant, check: Callable[[Grant], None] = let_pass) -> None:
        place = (grant.tenant, grant.application, grant.user)
        if place not in self._grants:
            raise NotFoundError(f"Grant {grant.id!r} is unknown.")
        check(self._grants[place])
        del self._grants[place]
        self._announce()

    async def read_standings(
        self, tenant: str, user: str, applications: Sequence[ApplicationName]
    ) -> Sequence[Standing]:
        return [
            Standing(
                imported=self._imports.get(each),
                is_granted=any((tenant, each, name) in self._grants for name in (user, EVERYONE)),
            )
            for each in applications
        ]

    async def note_database(self, database_id: str, name: str) -> DatabaseNames:
        names = self._databases.pop(database_id, DatabaseNames(present=()))
        self._databases = {each: others.without_name(name) for each, others in self._databases.items()}
        self._databases[database_id] = names.with_name(name)
        self._announce()
        return self._databases[database_id]

    async def note_imported(self, imported: Sequence[ImportedApplication], *, names: Collection[str] = ()) -> None:
        for each in imported:
            known = self._imports.get(each.application)
            if known is None or known.job_id != each.job_id:
                for database in {each.application.database, *names}:
                    await self.forget_application(each.application._replace(database=database))
                self._imports[each.application] = each
        self._announce()

    async def withdraw_imported(self, job_id: str) -> None:
        for each in [each for each in self._imports.values() if each.job_id == job_id]:
            await self.forget_application(each.application)
        self._announce()

    async def forget_application(self, application: ApplicationName) -> None:
        self._imports.pop(application, None)
        self._grants = {place: grant for place, grant in self._grants.items() if place[1] != application}
        self._announce()

    def _require_tenant(self, name: str) -> Tenant:
        if name not in self._tenants:
            raise UnknownTenantError(name)
        return self._tenants[name]

    def _require_user(self, tenant: str, name: str) -> User:
        if (tenant, name) not in self._users:
            raise UnknownUserError(name)
        return self._users[tenant, name]


class _Grounded:
    """A store in memory whose changes, which nothing comes between, are looked at before each."""

    def __init__(self, identity: MemoryIdentity, grounds: Grounds) -> None:
        self._identity = identity
        self._grounds = grounds

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._identity, name)

        async def change(*words: Any, **more: Any) -> Any:
            self._identity.require_grounds(self._grounds)
            return await method(*words, **more)

        return change
