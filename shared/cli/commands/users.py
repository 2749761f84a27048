"""The commands for users."""

from __future__ import annotations

from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from shared.cli.choosing import NamedUser
from shared.cli.errors import UsageError
from shared.cli.options import OPTIONS, Confirmed, Flag, Options, Web, Words, one_of
from shared.cli.shell import Shell
from shared.cli.web_page import visit
from shared.identity import Role

_COLUMNS: Final = {
    "USER": "user",
    "NAME": "name",
    "ROLES": "roles",
    "DISABLED": "disabled",
    "CREATED": "created",
    "LAST USED": "last_used",
}
_FIELDS: Final = {heading.capitalize(): path for heading, path in _COLUMNS.items()}

_Roles = Annotated[Words, one_of(Role), Parameter(name=["--role", "--roles"])]


def create_users_app(shell: Shell) -> App:
    """Make the commands under `users`."""
    app = App(name="users", help="The tenant's users and their roles.")
    _add_views(app, shell)
    _add_changes(app, shell)
    _add_removal(app, shell)
    return app


def _add_views(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(*, web: Web = False, options: Options = OPTIONS) -> None:
        """List the users.

        Parameters
        ----------
        web
            Show the page's list: print its address, and at a terminal open it in the browser.
        """
        async with shell.connect(options) as session:
            if web:
                visit(shell, session, "access")
                return
            session.display.show_all((await session.gateway.ask("GET", "users"))["users"], _COLUMNS)

    @app.command
    async def show(user: NamedUser, /, *, options: Options = OPTIONS) -> None:
        """Show a user.

        Parameters
        ----------
        user
            The user.
        """
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("GET", "users", user), _FIELDS)


def _add_changes(app: App, shell: Shell) -> None:
    @app.command
    async def create(user: str, /, *, role: _Roles = (), name: str | None = None, options: Options = OPTIONS) -> None:
        """Create a user of the tenant.

        Parameters
        ----------
        user
            What the user is called; no colon.
        role
            What the user may do; without any: see own jobs, export what is granted.
        name
            What people call them.
        """
        async with shell.connect(options) as session:
            body = {"user": user, "roles": list(role), **({} if name is None else {"name": name})}
            session.display.show(await session.gateway.ask("POST", "users", body=body), _FIELDS)

    @app.command
    async def change(
        user: NamedUser,
        /,
        *,
        role: _Roles = (),
        no_roles: Flag = False,
        name: str | None = None,
        disabled: bool | None = None,
        options: Options = OPTIONS,
    ) -> None:
        """Change what is named, and nothing else; it takes effect at the user's next request.

        Parameters
        ----------
        user
            The user.
        role
            The roles, in place of those until now.
        no_roles
            Take all roles away.
        name
            What people call them.
        disabled
            Let the user in no more, or again.
        """
        if role and no_roles:
            raise UsageError("--role and --no-roles contradict each other.")
        body: dict[str, Any] = {"name": name, "disabled": disabled}
        body["roles"] = list(role) if role or no_roles else None
        given = {field: value for field, value in body.items() if value is not None}
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("PATCH", "users", user, body=given), _FIELDS)


def _add_removal(app: App, shell: Shell) -> None:
    @app.command
    async def delete(user: NamedUser, /, *, yes: Confirmed = False, options: Options = OPTIONS) -> None:
        """Delete a user with all keys.

        Parameters
        ----------
        user
            The user.
        yes
            Do not ask.
        """
        shell.require_yes(f"Delete user {user}?", is_confirmed=yes)
        async with shell.connect(options) as session:
            await session.gateway.delete("users", user)
            session.display.give(user, {"deleted": user})
