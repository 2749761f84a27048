"""The commands about nodes that look like entries of the catalogue and cannot be ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from cyclopts import App, Parameter

from shared.cli.choosing import ChosenDatabase
from shared.cli.errors import UsageError
from shared.cli.exit_codes import ExitCode
from shared.cli.options import OPTIONS, Confirmed, Options
from shared.cli.several import delete_each, require_some
from shared.cli.shell import Shell
from shared.cli.submitting import choose_database, choose_databases

_COLUMNS: Final = {"ID": "id", "DATABASE": "database", "NAME": "name", "REASON": "reason"}


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """What the entry shall say; where it is empty, the entry says nothing of it."""

    name: str | None = None
    """The application's name, which no entry can be without."""
    label: str | None = None
    """The label of its nodes; empty: its name."""
    version: str | None = None
    """Its version; empty: none."""
    kind: str | None = None
    """APPLICATION, SERVICE or SCRIPT_TASK; empty: APPLICATION."""
    service_id: str | None = None
    """The application's id; empty: one that follows from its name."""
    version_id: str | None = None
    """The version's id; empty: one that follows from name and version."""

    def to_body(self) -> Mapping[str, str | None]:
        """Return the fields that are given. Raises: UsageError where there are none."""
        body = {field: value or None for field, value in asdict(self).items() if value is not None}
        if not body:
            raise UsageError("Say what the entry shall have instead, as with --version 1.0.0.")
        return body


_NOTHING: Final = _Values()


def create_damaged_entries_app(shell: Shell) -> App:
    """Make the commands under `damaged-entries`."""
    help_ = "Nodes that look like entries of the catalogue and cannot be ones: list, repair, remove."
    app = App(name="damaged-entries", help=help_)
    _add_view(app, shell)
    _add_repair(app, shell)
    _add_removal(app, shell)
    return app


def _add_view(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(*, database: ChosenDatabase = None, options: Options = OPTIONS) -> None:
        """List the damaged entries of one database, or of all, and why each cannot be an entry.

        Parameters
        ----------
        database
            Only those in this one.
        """
        async with shell.connect(options) as session:
            found = []
            for name in await choose_databases(session.gateway, database):
                answer = await session.gateway.ask("GET", "databases", name, "applications")
                found += [{"database": name, **each} for each in answer["damaged"]]
            session.display.show_all(found, _COLUMNS)


def _add_repair(app: App, shell: Shell) -> None:
    @app.command
    async def repair(
        entry: str, /, *, database: ChosenDatabase = None, values: _Values = _NOTHING, options: Options = OPTIONS
    ) -> None:
        """Give a damaged entry values that make it an entry; what is not named stays.

        Parameters
        ----------
        entry
            Its id.
        database
            Where it is; needed where the tenant has several databases.
        """
        body = values.to_body()
        async with shell.connect(options) as session:
            place = await choose_database(session.gateway, database)
            await session.gateway.ask("PATCH", "databases", place, "damaged-entries", entry, body=body)
            session.display.give(entry, {"repaired": entry})


def _add_removal(app: App, shell: Shell) -> None:
    @app.command
    async def remove(
        *entries: str, database: ChosenDatabase = None, yes: Confirmed = False, options: Options = OPTIONS
    ) -> ExitCode:
        """Remove damaged entries, with the relationships that they have.

        Parameters
        ----------
        entries
            Their ids.
        database
            Where they are; needed where the tenant has several databases.
        yes
            Do not ask.
        """
        listed = ", ".join(require_some(entries, "entry"))
        async with shell.connect(options) as session:
            place = await choose_database(session.gateway, database)
            shell.require_yes(f"Remove {listed} from {place}?", is_confirmed=yes)
            return await delete_each(session, entries, "databases", place, "damaged-entries")
