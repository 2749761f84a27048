"""The commands for tenants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from shared.cli.choosing import ServerDatabases, Tenant
from shared.cli.client.gateway import Gateway
from shared.cli.errors import AnswerError
from shared.cli.given import choose_given
from shared.cli.options import OPTIONS, Confirmed, Options
from shared.cli.shell import Shell

_COLUMNS: Final = {"NAME": "name", "DATABASES": "databases", "CATALOGUE": "catalogue_database", "CREATED": "created"}
_FIELDS: Final = {
    "Name": "name",
    "Databases": "databases",
    "Catalogue database": "catalogue_database",
    "Largest archive": "limits.max_archive_bytes",
    "Waiting jobs": "limits.waiting_jobs",
    "All archives": "limits.max_total_bytes",
    "Days of archives": "limits.keep_archives_days",
    "Created": "created",
}

_LIMITS: Final = ("max_archive_bytes", "waiting_jobs", "max_total_bytes", "keep_archives_days")

_UNLIMITED_BY_0: Final = frozenset(_LIMITS) - {"waiting_jobs"}

_Database = Annotated[ServerDatabases, Parameter(name=["--databases", "--database"])]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a tenant may be told to have."""

    databases: _Database = ()
    """Names that the settings give, joined by commas or each for itself, the preferred one first."""
    catalogue_database: str | None = None
    """The database that the darwin surface works in; else the preferred one."""
    max_archive_bytes: int | None = None
    """The largest archive that may be uploaded or written; 0: no limit."""
    waiting_jobs: int | None = None
    """How many jobs may wait at once."""
    max_total_bytes: int | None = None
    """What all that lies in the archive folder may take together; 0: no limit."""
    keep_archives_days: int | None = None
    """After how many days archives that are not pinned are deleted; 0: never."""

    def to_body(self) -> Mapping[str, Any]:
        """Return the fields that are given."""
        names = [name.strip() for each in self.databases for name in each.split(",") if name.strip()]
        limits = {
            name: value or None if name in _UNLIMITED_BY_0 else value
            for name, value in choose_given({name: getattr(self, name) for name in _LIMITS}).items()
        }
        named = choose_given({"catalogue_database": self.catalogue_database, "limits": limits or None})
        return {**({"databases": names} if names else {}), **named}


_NOTHING: Final = _Facts()


def create_tenants_app(shell: Shell) -> App:
    """Make the commands under `tenants`."""
    app = App(name="tenants", help="Tenants and their databases, for a SUPER_ADMIN.")
    _add_views(app, shell)
    _add_changes(app, shell)
    return app


def _add_views(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(*, options: Options = OPTIONS) -> None:
        """List the tenants."""
        async with shell.connect(options) as session:
            session.display.show_all((await session.gateway.ask("GET", "tenants"))["tenants"], _COLUMNS)

    @app.command
    async def show(name: Tenant, /, *, options: Options = OPTIONS) -> None:
        """Show a tenant.

        Parameters
        ----------
        name
            The tenant.
        """
        async with shell.connect(options) as session:
            session.display.show(await session.gateway.ask("GET", "tenants", name), _FIELDS)

    @app.command
    async def databases(*, options: Options = OPTIONS) -> None:
        """List the databases that tenants can be given."""
        async with shell.connect(options) as session:
            answer = await session.gateway.ask("GET", "server", "databases")
            session.display.show_all(answer["databases"], {"NAME": "name"})


async def _change(gateway: Gateway, name: str, body: Mapping[str, Any]) -> Any:
    """Change a tenant, whose limits are replaced as a whole: those that are not named are sent as they are."""
    while "limits" in body:
        tenant = await gateway.ask("GET", "tenants", name)
        whole = {**body, "limits": {**tenant["limits"], **body["limits"]}}
        try:
            return await gateway.ask("PATCH", "tenants", name, body=whole, version=tenant.get("version"))
        except AnswerError as error:
            if error.code != "PRECONDITION_FAILED":  # else somebody has changed the tenant meanwhile
                raise
    return await gateway.ask("PATCH", "tenants", name, body=body)


def _add_changes(app: App, shell: Shell) -> None:
    @app.command
    async def create(name: str, /, *, facts: _Facts = _NOTHING, options: Options = OPTIONS) -> None:
        """Create a tenant.

        Parameters
        ----------
        name
            Letters, digits, dots, underscores, hyphens.
        """
        async with shell.connect(options) as session:
            body = {"name": name, "databases": [], **facts.to_body()}
            session.display.show(await session.gateway.ask("POST", "tenants", body=body), _FIELDS)

    @app.command
    async def change(name: Tenant, /, *, facts: _Facts = _NOTHING, options: Options = OPTIONS) -> None:
        """Change what is named, and nothing else.

        Parameters
        ----------
        name
            The tenant.
        """
        async with shell.connect(options) as session:
            session.display.show(await _change(session.gateway, name, facts.to_body()), _FIELDS)

    @app.command
    async def delete(name: Tenant, /, *, yes: Confirmed = False, options: Options = OPTIONS) -> None:
        """Delete a tenant that has no unfinished jobs.

        Parameters
        ----------
        name
            The tenant.
        yes
            Do not ask.
        """
        shell.require_yes(f"Delete tenant {name}?", is_confirmed=yes)
        async with shell.connect(options) as session:
            await session.gateway.delete("tenants", name)
            session.display.give(name, {"deleted": name})
