"""The commands for grants: who may use which application."""

from __future__ import annotations

from typing import Final

from cyclopts import App

from shared.cli.choosing import Application, ChosenApplication, ChosenDatabase, ChosenUser, Database, NamedUser
from shared.cli.options import OPTIONS, Options
from shared.cli.shell import Shell
from shared.identity import EVERYONE

_COLUMNS: Final = {
    "ID": "id",
    "DATABASE": "database",
    "APPLICATION": "application",
    "USER": "user",
    "GRANTED BY": "granted_by",
    "CREATED": "created",
}


def create_grants_app(shell: Shell) -> App:
    """Make the commands under `grants`."""
    app = App(name="grants", help="Grants: which users may use an application.")

    @app.command(name="list")
    async def list_(
        *,
        database: ChosenDatabase = None,
        application: ChosenApplication = None,
        user: ChosenUser = None,
        options: Options = OPTIONS,
    ) -> None:
        """List the grants.

        Parameters
        ----------
        database
            Only those in this database.
        application
            Only those for this application.
        user
            Only those to this user.
        """
        query = {"database": database, "application": application, "user": user}
        async with shell.connect(options) as session:
            answer = await session.gateway.ask("GET", "grants", query=query)
            session.display.show_all(answer["grants"], _COLUMNS)

    @app.command
    async def create(
        database: Database, application: Application, user: NamedUser = EVERYONE, /, *, options: Options = OPTIONS
    ) -> None:
        """Grant an application to a user, or to all users of the tenant; print the grant's id.

        Parameters
        ----------
        database
            Where it is.
        application
            Its name.
        user
            Who may use it; `*` is everybody.
        """
        body = {"database": database, "application": application, "user": user}
        async with shell.connect(options) as session:
            grant = await session.gateway.ask("POST", "grants", body=body)
            session.display.give(grant["id"], grant)

    @app.command
    async def delete(grant: str, /, *, options: Options = OPTIONS) -> None:
        """Take a grant back.

        Parameters
        ----------
        grant
            Its id.
        """
        async with shell.connect(options) as session:
            await session.gateway.delete("grants", grant)
            session.display.give(grant, {"deleted": grant})

    return app
