"""The commands about applications in the tenant's databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cyclopts import App

from shared.cli.archive_first import find_present, keep, wants_archive
from shared.cli.choosing import Application, ChosenDatabase
from shared.cli.options import OPTIONS, PATIENCE, ArchiveFirst, Confirmed, Flag, Options, Patience, Web
from shared.cli.shell import Session, Shell
from shared.cli.submitting import carry_out, choose_database, choose_databases, submit
from shared.cli.summaries import show_summary
from shared.cli.web_page import visit

_COLUMNS: Final = {"DATABASE": "database", "NAME": "name", "VERSION": "version", "KIND": "kind"}
_COUNTED: Final = {**_COLUMNS, "NODES": "nodes", "RELATIONSHIPS": "relationships"}
_FIELDS: Final = {"Name": "name", "Version": "version", "Nodes": "nodes", "Relationships": "relationships"}
_LABELS: Final = {"LABEL": "label", "NODES": "count"}
_TYPES: Final = {"TYPE": "type", "RELATIONSHIPS": "count"}
_PATTERNS: Final = {"FROM": "from", "TYPE": "type", "TO": "to", "COUNT": "count"}
_PROPERTIES: Final = {"OF": "of", "KEY": "key", "VALUES": "types", "COUNT": "count"}


def create_applications_app(shell: Shell) -> App:
    """Make the commands under `applications`."""
    app = App(name="applications", help="Applications in the tenant's databases: list, show, delete.")
    _add_views(app, shell)
    _add_deletion(app, shell)
    return app


def _add_views(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(
        *, database: ChosenDatabase = None, counts: Flag = False, web: Web = False, options: Options = OPTIONS
    ) -> None:
        """List the applications of one database, or of all.

        Parameters
        ----------
        database
            Only those in this one.
        counts
            Count nodes and relationships too.
        web
            Show the page's list: print its address, and at a terminal open it in the browser.
        """
        async with shell.connect(options) as session:
            if web:
                visit(shell, session, "applications", database=database)
                return
            found, damaged = [], 0
            for name in await choose_databases(session.gateway, database):
                query = {"counts": True} if counts else {}
                answer = await session.gateway.ask("GET", "databases", name, "applications", query=query)
                found += [{"database": name, **each} for each in answer["applications"]]
                damaged += len(answer["damaged"])
            session.display.show_all(found, _COUNTED if counts else _COLUMNS)
            if damaged:
                hint = session.hint("damaged-entries list")
                session.display.say(
                    f"warning: {damaged} nodes look like entries of applications, but are damaged: {hint}"
                )

    @app.command
    async def show(
        name: Application,
        /,
        *,
        database: ChosenDatabase = None,
        version: str | None = None,
        web: Web = False,
        options: Options = OPTIONS,
    ) -> None:
        """Show an application's labels, relationship types and properties.

        Parameters
        ----------
        name
            The application.
        database
            Where it is; needed where the tenant has several databases.
        version
            Which version of it; else the newest.
        web
            Show the page's view of it: print its address, and at a terminal open it in the browser.
        """
        async with shell.connect(options) as session:
            place = await choose_database(session.gateway, database)
            if web:
                visit(shell, session, "applications", name, database=place, version=version)
                return
            path = "databases", place, "applications", name, "schema"
            _show_schema(session, await session.gateway.ask("GET", *path, query={"version": version}))


def _show_schema(session: Session, schema: Mapping[str, Any]) -> None:
    display = session.display
    display.show(schema, _FIELDS)
    if display.as_json:
        return
    properties = [{"of": each.get("label") or each.get("type"), **each} for each in schema["properties"]]
    parts = (schema["labels"], _LABELS), (schema["types"], _TYPES), (schema["patterns"], _PATTERNS)
    for items, columns in (*parts, (properties, _PROPERTIES)):
        if items:
            display.conclude("")
            display.show_all(items, columns)
    if schema.get("sampled"):
        display.say("The application is large: patterns and properties are those of a sample.")


def _add_deletion(app: App, shell: Shell) -> None:
    @app.command
    async def delete(
        name: Application,
        /,
        *,
        database: ChosenDatabase = None,
        version: str | None = None,
        archive_first: ArchiveFirst = None,
        yes: Confirmed = False,
        patience: Patience = PATIENCE,
        options: Options = OPTIONS,
    ) -> None:
        """Delete an application from a database.

        Parameters
        ----------
        name
            The application.
        database
            Where it is; needed where the tenant has several databases.
        version
            Only this version of it; else all of them.
        archive_first
            Export it first, and delete nothing where that fails; at a terminal this is so unless you say
            `--no-archive-first`, for scripts it is not.
        yes
            Do not ask.
        """
        is_kept = wants_archive(shell, archive_first, patience)
        async with shell.connect(options) as session:
            place = await choose_database(session.gateway, database)
            what = f"version {version} of {name}" if version else f"{name} with all its versions"
            how = "An archive of it is written first." if is_kept else "No archive is written: it cannot be taken back."
            shell.require_yes(f"Delete {what} from {place}? {how}", is_confirmed=yes)
            kept = None
            if is_kept:
                present = await find_present(session, place, [name], version)
                kept, patience = await keep(session, place, present, patience)
            path = "databases", place, "applications", name
            job = await submit(session, "DELETE", *path, query={"version": version}, patience=patience)
            if (closed := await carry_out(session, job, patience)) is None:
                return
            show_summary(session.display, closed)
            if kept is not None:
                has_others = version is not None and bool(await find_present(session, place, [name]))
                kept.tell_after_deletion(session, has_others=has_others)
