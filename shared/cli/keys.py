"""The commands for API keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, TextIO

import orjson
from cyclopts import App, Parameter

from shared.errors import InvalidRequestError
from shared.identity import ApiKey, Role, User, make_key, new_key, require_roles, require_user_name
from shared.ports.identity import IdentityStore
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
            Whose key it is; a user who is not known yet is created.
        tenant
            The tenant; only a SUPER_ADMIN has none.
        role
            The user's roles from now on, with all keys: importer, ADMIN, supervisor:pf, application_architect,
            application_catalog_administrator or SUPER_ADMIN. Without, a known user keeps those that are there.
        expires_days
            Days until it expires; without, it never does.
        json
            Print an object instead of the bare key.
        """
        text, now = new_key(), datetime.now(UTC)
        wanted = _make_user(user, tenant, role or [], now)
        if expires_days is not None and expires_days < 1:
            raise InvalidRequestError(f"--expires-days {expires_days} is not allowed: it must be at least 1.")
        expires = None if expires_days is None else now + timedelta(days=expires_days)
        async with open_identity(read_settings()) as identity:
            owner = await _have_user(identity, wanted, keep_roles=role is None)
            key = make_key(text, user=owner, now=now, expires=expires)
            await identity.create_key(key)
        output.write(_describe(text, key, owner) if json else f"{text}\n")

    return app


def _make_user(name: str, tenant: str, roles: list[str], now: datetime) -> User:
    wanted = require_roles(roles, tenant=tenant)
    if not tenant and Role.SUPER_ADMIN not in wanted:
        raise InvalidRequestError(f"Name the tenant with --tenant: only a {Role.SUPER_ADMIN} has none.")
    return User(tenant=tenant, name=require_user_name(name), roles=wanted, created=now)


async def _have_user(identity: IdentityStore, wanted: User, *, keep_roles: bool) -> User:
    """Return the user as stored, created or given other roles where needed. Raises: NotFoundError."""
    known = await identity.get_user(wanted.tenant, wanted.name)
    if known is None:
        await identity.create_user(wanted)
        return wanted
    if keep_roles or known.roles == wanted.roles:
        return known
    changed = replace(known, roles=wanted.roles)
    await identity.replace_user(changed)
    return changed


def _describe(text: str, key: ApiKey, user: User) -> str:
    content = {
        "key": text,
        "tenant": key.tenant,
        "user": key.user,
        "roles": sorted(user.roles),
        "created": key.created,
        "expires": key.expires,
    }
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE).decode()
