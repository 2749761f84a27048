"""The commands about what lies in the tenant's archive folder and can be no archive."""

from __future__ import annotations

from typing import Final

from cyclopts import App

from shared.cli.exit_codes import ExitCode
from shared.cli.options import OPTIONS, Confirmed, Options
from shared.cli.several import delete_each, require_some
from shared.cli.shell import Shell

_COLUMNS: Final = {"ID": "id", "NAME": "name", "KIND": "kind", "REASON": "reason"}


def create_strays_app(shell: Shell) -> App:
    """Make the commands under `strays`."""
    app = App(name="strays", help="What lies in the archive folder and can be no archive: list, remove.")

    @app.command(name="list")
    async def list_(*, options: Options = OPTIONS) -> None:
        """List links, folders, pipes, and files under names that no archive may have."""
        async with shell.connect(options) as session:
            session.display.show_all((await session.gateway.ask("GET", "strays"))["strays"], _COLUMNS)

    @app.command
    async def remove(*strays: str, yes: Confirmed = False, options: Options = OPTIONS) -> ExitCode:
        """Remove strays; a folder goes with all that is in it, a link without what it leads to.

        Parameters
        ----------
        strays
            Their ids.
        yes
            Do not ask.
        """
        shell.require_yes(f"Remove {', '.join(require_some(strays, 'stray'))}?", is_confirmed=yes)
        async with shell.connect(options) as session:
            return await delete_each(session, strays, "strays")

    return app
