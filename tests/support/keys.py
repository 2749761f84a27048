"""API keys for tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from shared.identity import ApiKey, Role, hash_key, new_key

FAR = datetime(2127, 1, 2, tzinfo=UTC)


def make_key(
    tenant: str = "acme",
    *,
    text: str | None = None,
    user: str = "ünï",
    roles: Iterable[Role] = (Role.ADMIN, Role.SUPERVISOR),
    expires: datetime = FAR,
) -> ApiKey:
    text = text or new_key()
    return ApiKey(
        sha256=hash_key(text),
        tenant=tenant,
        user=user,
        roles=frozenset(roles),
        last_four=text[-4:],
        created=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        expires=expires,
    )
