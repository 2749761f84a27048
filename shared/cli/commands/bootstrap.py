"""The command that makes the first user."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, TextIO

from cyclopts import App, Parameter

from shared.api_keys import make_key, new_key
from shared.errors import ConflictError, StoreUnavailableError
from shared.identity import Role, User, require_user_name
from shared.ports.audit import AuditEntry, AuditLog
from shared.ports.identity import IdentityStore
from shared.settings.process import Settings


def add_bootstrap_command(app: App, read_settings: Callable[[], Settings], output: TextIO) -> None:
    """Add `bootstrap`."""

    @app.command
    async def bootstrap(*, user: str = "root", force: Annotated[bool, Parameter(negative="")] = False) -> None:
        """Create the first SUPER_ADMIN with a key, and print the key: this once.

        It reaches the job store itself, by the variables GRAPHFERRY_*; all else goes over HTTP with that key.

        Parameters
        ----------
        user
            What the user is called.
        force
            Do so although somebody holds such a key already: for an installation that has lost its own.
        """
        from shared.resources import open_access  # noqa: PLC0415 - slow to import, and no other command needs it

        require_user_name(user)
        async with open_access(read_settings()) as (identity, audit):
            if not force:
                await _require_none(identity)
            output.write(f"{await _let_in(identity, user)}\n")
            await _tell(user, audit)


async def _tell(user: str, audit: AuditLog) -> None:
    """Say that somebody who reaches the store let a user in: which machine they came from is all that is known."""
    entry = AuditEntry(
        action="bootstrap",
        user="",
        tenant="",
        address=socket.gethostname(),
        target=f"user={user}",
        surface="command line",
        request_id="",
        status=HTTPStatus.CREATED,
        code="",
    )
    try:
        await audit.append(entry)
    except StoreUnavailableError as error:
        raise StoreUnavailableError(
            f"The key is good, but the audit log does not tell of it. {error.message}"
        ) from error


async def _require_none(identity: IdentityStore) -> None:
    """Raise ConflictError where a key without a tenant exists, expired or not."""
    if keys := await identity.list_keys(""):
        users = ", ".join(sorted({repr(key.user) for key in keys}))
        raise ConflictError(f"There is a {Role.SUPER_ADMIN} with a key already: {users}. Use that, or --force.")


async def _let_in(identity: IdentityStore, name: str) -> str:
    now = datetime.now(UTC)
    user = User(tenant="", name=name, roles=frozenset({Role.SUPER_ADMIN}), created=now)
    try:
        await identity.create_user(user)
    except ConflictError:
        await identity.change_user("", name, lambda _: user)  # whatever became of the old one: this one gets in
    text = new_key()
    await identity.create_key(make_key(text, user=user, now=now))
    return text
