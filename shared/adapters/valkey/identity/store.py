"""Identity in Valkey: tenants, users, keys, grants."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from shared.adapters.valkey.client import open_valkey, parse_clock, store_errors
from shared.adapters.valkey.identity import changes
from shared.adapters.valkey.identity.content import USES
from shared.adapters.valkey.identity.hashes import IdentityHashes
from shared.adapters.valkey.identity.records import (
    field_of_application,
    field_of_grant,
    field_of_user,
    parse_database,
    parse_grant,
    parse_imported,
    parse_key,
    parse_tenant,
    parse_user,
)
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.layouts import settle_namespace
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.scripts import load_alone
from shared.adapters.valkey.shared_reads import Command, SharedReads, open_shared_reads
from shared.api_keys import ApiKey, KnownKey
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
from shared.ports.identity import TenantChange, UserChange, let_pass
from shared.ports.mirrors import Mirror
from shared.spelling import list_spellings

_FIND_KEY = load_alone("find_key")


class ValkeyIdentity:
    """The identity store of one installation. The client must decode answers to text."""

    def __init__(self, hashes: IdentityHashes, client: Redis, reads: SharedReads) -> None:
        self._hashes = hashes
        self._client = client
        self._reads = reads

    def on(self, grounds: Grounds) -> ValkeyIdentity:
        """Give the store as one whose changes count only while the grounds are as they were read."""
        hashes = self._hashes.on(lambda content: changes.require_grounds(content, grounds))
        return ValkeyIdentity(hashes, self._client, self._reads)

    async def watch(self, tell: Callable[[], None]) -> None:
        """Tell of each change that any process makes, until cancelled; once at the beginning, and after each gap."""
        await self._hashes.watch(tell)

    async def find_key(self, sha256: str) -> KnownKey | None:
        """Find a key by the SHA-256 of its text, with its user; noting its use is part of the same round trip."""
        with store_errors():
            filled, key, user, used, *clock = await self._run_find_key(sha256)
        if not filled:
            await self._hashes.fill()
            return await self.find_key(sha256)
        if key is None or user is None:
            return None
        known = replace(parse_key(key), last_used=_parse_use(used))
        return KnownKey(key=known, user=parse_user(user), read=parse_clock(*clock))

    async def _run_find_key(self, sha256: str) -> Any:
        hashes = self._hashes
        names = [hashes.names[name] for name in ("keys", "users", USES)]
        command: Command = ("EVALSHA", _FIND_KEY.sha, 4, hashes.filled_mark, *names, sha256)
        try:
            return await self._reads.send(*command)
        except NoScriptError:
            return await self._reads.send("EVAL", _FIND_KEY.text, *command[2:])

    async def choose_open_tenants(self, tenants: Sequence[str], user: str) -> Sequence[str]:
        """Choose the tenants that are there and have no disabled user of this name, in one round trip."""
        if not tenants:
            return []
        asked = [(tenant, each) for tenant in tenants for each in list_spellings(user)]
        found, users = await self._hashes.read(
            lambda pipeline: pipeline.hmget(self._hashes.names["tenants"], list(tenants)),
            lambda pipeline: pipeline.hmget(self._hashes.names["users"], [field_of_user(*each) for each in asked]),
        )
        records = zip(asked, users, strict=True)
        closed = {tenant for (tenant, _), text in records if text is not None and parse_user(text).disabled}
        pairs = zip(tenants, found, strict=True)
        return [tenant for tenant, text in pairs if text is not None and tenant not in closed]

    async def get_tenant(self, name: str) -> Tenant | None:
        """Find a tenant."""
        (text,) = await self._hashes.read(lambda pipeline: pipeline.hget(self._hashes.names["tenants"], name))
        return None if text is None else parse_tenant(text)

    async def list_tenants(self) -> Sequence[Tenant]:
        """List all tenants by name."""
        (texts,) = await self._hashes.read(lambda pipeline: pipeline.hgetall(self._hashes.names["tenants"]))
        return [parse_tenant(texts[name]) for name in sorted(texts)]

    async def create_tenant(self, tenant: Tenant) -> None:
        """Store a new tenant. Raises: ConflictError where there is one of its name."""
        await self._hashes.change(lambda content: changes.create_tenant(content, tenant))

    async def change_tenant(self, name: str, change: TenantChange) -> Tenant:
        """Change a tenant that is there. Returns it as it is stored. Raises: NotFoundError."""
        (edit,) = await self._hashes.change(lambda content: changes.change_tenant(content, name, change))
        return parse_tenant(edit.text or "")

    async def remove_tenant(self, name: str, check: Callable[[Tenant], None] = let_pass) -> None:
        """Remove a tenant with its users, keys and grants. Raises: NotFoundError."""
        await self._hashes.change(lambda content: changes.remove_tenant(content, name, check))

    async def get_user(self, tenant: str, name: str) -> User | None:
        """Find a user of a tenant, or of the installation where the tenant is empty."""
        owner = field_of_user(tenant, name)
        text, used = await self._hashes.read(
            lambda pipeline: pipeline.hget(self._hashes.names["users"], owner),
            lambda pipeline: pipeline.hget(self._hashes.names[USES], owner),
        )
        return None if text is None else replace(parse_user(text), last_used=_parse_use(used))

    async def list_users(self, tenant: str) -> Sequence[User]:
        """List a tenant's users by name."""
        texts, uses = await self._read_with_uses("users")
        beginning = field_of_user(tenant, "")
        return [
            replace(parse_user(texts[owner]), last_used=_parse_use(uses.get(owner)))
            for owner in sorted(texts)
            if owner.startswith(beginning)
        ]

    async def create_user(self, user: User) -> None:
        """Store a new user. Raises: NotFoundError for an unknown tenant, ConflictError where there is such a user."""
        await self._hashes.change(lambda content: changes.create_user(content, user))

    async def change_user(self, tenant: str, name: str, change: UserChange) -> User:
        """Change a user who is there. Returns the user as stored. Raises: NotFoundError."""
        (edit,) = await self._hashes.change(lambda content: changes.change_user(content, tenant, name, change))
        return parse_user(edit.text or "")

    async def remove_user(self, tenant: str, name: str, check: Callable[[User], None] = let_pass) -> None:
        """Remove a user with keys and grants. Raises: NotFoundError."""
        await self._hashes.change(lambda content: changes.remove_user(content, tenant, name, check))

    async def list_keys(self, tenant: str) -> Sequence[ApiKey]:
        """List the keys of a tenant's users, the oldest first."""
        texts, uses = await self._read_with_uses("keys")
        keys = [replace(parse_key(text), last_used=_parse_use(uses.get(sha256))) for sha256, text in texts.items()]
        return sorted((key for key in keys if key.tenant == tenant), key=lambda key: (key.created, key.id))

    async def create_key(self, key: ApiKey) -> None:
        """Store a key. Raises: NotFoundError for an unknown user."""
        await self._hashes.change(lambda content: changes.create_key(content, key))

    async def replace_key(self, sha256: str, key: ApiKey, check: Callable[[ApiKey], None] = let_pass) -> None:
        """Put a key in the place of another, which ends. Raises: NotFoundError where that one has ended before."""
        await self._hashes.change(lambda content: changes.replace_key(content, sha256, key, check))

    async def remove_key(self, sha256: str, check: Callable[[ApiKey], None] = let_pass) -> None:
        """End a key. Raises: NotFoundError."""
        await self._hashes.change(lambda content: changes.remove_key(content, sha256, check))

    async def list_grants(self, tenant: str) -> Sequence[Grant]:
        """List a tenant's grants by database, application, user."""
        (texts,) = await self._hashes.read(lambda pipeline: pipeline.hgetall(self._hashes.names["grants"]))
        grants = (parse_grant(text) for text in texts.values())
        return sorted(
            (each for each in grants if each.tenant == tenant), key=lambda each: (each.application, each.user)
        )

    async def put_grant(
        self, grant: Grant, *, needs_user: bool = True, imported: ImportedApplication | None = None
    ) -> Grant:
        """Store a grant; the same right given before stays as it was. Returns what is stored.

        Raises: NotFoundError, GroundsChangedError.
        """
        await self._hashes.change(
            lambda content: changes.put_grant(content, grant, needs_user=needs_user, imported=imported)
        )
        place = field_of_grant(grant.tenant, grant.application, grant.user)
        (text,) = await self._hashes.read(lambda pipeline: pipeline.hget(self._hashes.names["grants"], place))
        return grant if text is None else parse_grant(text)

    async def remove_grant(self, grant: Grant, check: Callable[[Grant], None] = let_pass) -> None:
        """Take a grant back. Raises: NotFoundError."""
        await self._hashes.change(lambda content: changes.remove_grant(content, grant, check))

    async def read_standings(
        self, tenant: str, user: str, applications: Sequence[ApplicationName]
    ) -> Sequence[Standing]:
        """Read for each application how the tenant's user stands to it, in one round trip."""
        if not applications:
            return []
        imports = [field_of_application(each) for each in applications]
        grants = [field_of_grant(tenant, each, name) for each in applications for name in (user, EVERYONE)]
        imported, granted = await self._hashes.read(
            lambda pipeline: pipeline.hmget(self._hashes.names["imports"], imports),
            lambda pipeline: pipeline.hmget(self._hashes.names["grants"], grants),
        )
        return [
            Standing(
                imported=None if text is None else parse_imported(text),
                is_granted=any(each is not None for each in granted[2 * place : 2 * place + 2]),
            )
            for place, text in enumerate(imported)
        ]

    async def note_database(self, database_id: str, name: str) -> DatabaseNames:
        """Note what settings call a database, by its server's own id; return all names that it was noted under."""
        names = await self._read_names(database_id)
        if name not in names.present:
            await self._hashes.change(lambda content: changes.note_database(content, database_id, name))
            names = await self._read_names(database_id)
        return names

    async def _read_names(self, database_id: str) -> DatabaseNames:
        (text,) = await self._hashes.read(lambda pipeline: pipeline.hget(self._hashes.names["databases"], database_id))
        return parse_database(text)

    async def note_imported(self, imported: Sequence[ImportedApplication], *, names: Collection[str] = ()) -> None:
        """Note who brought applications; what was granted on earlier ones of their names ends, unless by one job."""
        await self._hashes.change(lambda content: changes.note_imported(content, imported, names))

    async def withdraw_imported(self, job_id: str) -> None:
        """Forget what a job was noted to bring: it did not, in the end."""
        await self._hashes.change(lambda content: changes.withdraw_imported(content, job_id))

    async def forget_application(self, application: ApplicationName) -> None:
        """Forget who brought an application, and all grants on it: it is gone."""
        await self._hashes.change(lambda content: changes.forget_application(content, application))

    async def _read_with_uses(self, name: str) -> Sequence[Any]:
        return await self._hashes.read(
            lambda pipeline: pipeline.hgetall(self._hashes.names[name]),
            lambda pipeline: pipeline.hgetall(self._hashes.names[USES]),
        )


def _parse_use(seconds: str | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


@contextlib.asynccontextmanager
async def open_valkey_identity(
    url: str,
    *,
    installation: str,
    mirror: Path | Mirror,
    keepers: Keepers | None = None,
    reads: SharedReads | None = None,
    namespace: Namespace | None = None,
) -> AsyncIterator[ValkeyIdentity]:
    """Open a connection pool and an identity store over it. Raises: StoreTooNewError, StoreUnavailableError."""
    async with open_valkey(url) as client, open_shared_reads(client) as own_reads:
        namespace = namespace or await settle_namespace(client, installation, url)
        hashes = IdentityHashes(client, namespace=namespace, mirror=mirror, keepers=keepers)
        await hashes.prepare()
        yield ValkeyIdentity(hashes, client, reads or own_reads)
