"""The commands for API keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, TextIO

import orjson
from cyclopts import App, Parameter

from shared.errors import InvalidRequestError
from shared.identity import ApiKey, Role, hash_key, new_key
from shared.resources import open_identity
from shared.settings import Settings


def create_keys_app(read_settings: Callable[[], Settings], output: TextIO) -> App:
    """Make the commands under `keys`."""
    app = App(name="keys", help="API keys.")

    @app.command
    async def create(
        *,
        user: str,
        tenant: str = "",
        role: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
        expires_days: int | None = None,
        json: bool = False,
    ) -> None:
        """Create a key for a user of a tenant, and print it: this once.

        Parameters
        ----------
        user
            Whose key it is.
        tenant
            The tenant; only a SUPER_ADMIN has none.
        role
            importer, ADMIN, supervisor:pf, application_architect, application_catalog_administrator or SUPER_ADMIN.
        expires_days
            Days until it expires; without, it never does.
        json
            Print an object instead of the bare key.
        """
        text = new_key()
        now = datetime.now(UTC)
        key = _make_key(text, tenant=tenant, user=user, roles=_parse_roles(role or []), now=now, days=expires_days)
        async with open_identity(read_settings()) as identity:
            await identity.create_key(key)
        output.write(_describe(text, key) if json else f"{text}\n")

    return app


def _parse_roles(names: Sequence[str]) -> frozenset[Role]:
    known = {str(role) for role in Role}
    if unknown := [name for name in names if name not in known]:
        raise InvalidRequestError(f"Unknown role {', '.join(unknown)}; known roles: {', '.join(sorted(known))}.")
    return frozenset(map(Role, names))


def _make_key(text: str, *, tenant: str, user: str, roles: frozenset[Role], now: datetime, days: int | None) -> ApiKey:
    if not user or ":" in user:
        raise InvalidRequestError(f"User {user!r} is not allowed: it must hold something, but no colon.")
    if not tenant and Role.SUPER_ADMIN not in roles:
        raise InvalidRequestError(f"Name the tenant with --tenant: only a {Role.SUPER_ADMIN} has none.")
    if days is not None and days < 1:
        raise InvalidRequestError(f"--expires-days {days} is not allowed: it must be at least 1.")
    return ApiKey(
        sha256=hash_key(text),
        tenant=tenant,
        user=user,
        roles=roles,
        last_four=text[-4:],
        created=now,
        expires=None if days is None else now + timedelta(days=days),
    )


def _describe(text: str, key: ApiKey) -> str:
    content = {
        "key": text,
        "tenant": key.tenant,
        "user": key.user,
        "roles": sorted(key.roles),
        "created": key.created,
        "expires": key.expires,
    }
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE).decode()
