"""The commands for API keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from cyclopts import App, Parameter
from cyclopts.validators import Number

from shared.cli.choosing import ChosenUser
from shared.cli.options import OPTIONS, Confirmed, Options
from shared.cli.shell import Session, Shell

_COLUMNS: Final = {
    "ID": "id",
    "USER": "user",
    "NAME": "name",
    "ENDS IN": "last_four",
    "CREATED": "created",
    "EXPIRES": "expires",
    "LAST USED": "last_used",
}
_Days = Annotated[int | None, Parameter(validator=Number(gte=1))]


def create_keys_app(shell: Shell) -> App:
    """Make the commands under `keys`."""
    app = App(name="keys", help="API keys: one's own, and for an ADMIN those of the tenant's users.")
    _add_creation(app, shell)
    _add_care(app, shell)
    return app


def _add_creation(app: App, shell: Shell) -> None:
    @app.command
    async def create(
        *, user: ChosenUser = None, name: str | None = None, expires_days: _Days = None, options: Options = OPTIONS
    ) -> None:
        """Create a key, and print it: this once.

        Parameters
        ----------
        user
            Whose it is; else one's own.
        name
            What it is for.
        expires_days
            Days until it expires; without, it never does.
        """
        expires = None if expires_days is None else datetime.now(UTC) + timedelta(days=expires_days)
        body = {"user": user, "name": name, "expires": None if expires is None else expires.isoformat()}
        given = {field: value for field, value in body.items() if value is not None}
        async with shell.connect(options) as session:
            _give_key(session, await session.gateway.ask("POST", "keys", body=given))

    @app.command
    async def rotate(key: str, /, *, options: Options = OPTIONS) -> None:
        """Print a new key in place of an old one, which ends at once.

        Parameters
        ----------
        key
            The old one's id.
        """
        async with shell.connect(options) as session:
            _give_key(session, await session.gateway.ask("POST", "keys", key, "rotate"))


def _give_key(session: Session, answer: Mapping[str, Any]) -> None:
    """Print the bare key, so that a script can take it."""
    session.display.say(f"Key {answer['id']} of {answer['user']}; it is not shown again:")
    session.display.give(answer["key"], answer)


def _add_care(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(*, user: ChosenUser = None, options: Options = OPTIONS) -> None:
        """List keys.

        Parameters
        ----------
        user
            Whose; `*` is everybody's. Without, one's own.
        """
        async with shell.connect(options) as session:
            answer = await session.gateway.ask("GET", "keys", query={"user": user})
            session.display.show_all(answer["keys"], _COLUMNS)

    @app.command
    async def revoke(key: str, /, *, yes: Confirmed = False, options: Options = OPTIONS) -> None:
        """End a key at once.

        Parameters
        ----------
        key
            Its id.
        yes
            Do not ask.
        """
        shell.require_yes(f"Revoke key {key}?", is_confirmed=yes)
        async with shell.connect(options) as session:
            await session.gateway.delete("keys", key)
            session.display.give(key, {"deleted": key})
