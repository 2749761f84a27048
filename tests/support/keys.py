"""API keys for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from shared.api_keys import ApiKey, hash_key, new_key
from shared.identity import Role, User
from shared.ports.identity import IdentityStore

CREATED = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
FAR = datetime(2127, 1, 2, tzinfo=UTC)


def make_user(
    tenant: str = "acme", *, name: str = "ünï", roles: Iterable[Role] = (Role.ADMIN, Role.SUPERVISOR)
) -> User:
    return User(tenant=tenant, name=name, roles=frozenset(roles), created=CREATED)


def make_key(
    tenant: str = "acme", *, text: str | None = None, user: str = "ünï", expires: datetime | None = FAR
) -> ApiKey:
    text = text or new_key()
    sha256 = hash_key(text)
    return ApiKey(
        sha256=sha256,
        id=f"id-{sha256[:8]}",
        tenant=tenant,
        user=user,
        last_four=text[-4:],
        created=CREATED,
        expires=expires,
    )


async def admit(identity: IdentityStore, key: ApiKey, roles: Iterable[Role] = (Role.ADMIN, Role.SUPERVISOR)) -> None:
    """Store a key, and before it its user where there is none."""
    if await identity.get_user(key.tenant, key.user) is None:
        await identity.create_user(make_user(key.tenant, name=key.user, roles=roles))
    await identity.create_key(key)
