"""The commands about the tenant's archives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from shared.cli.choices import ForeignOptions
from shared.cli.choosing import Archive, ChosenDatabase
from shared.cli.commands.inspection import show_inspection
from shared.cli.errors import UsageError
from shared.cli.exit_codes import ExitCode
from shared.cli.options import OPTIONS, Confirmed, Force, Names, Options, Web
from shared.cli.several import Several, delete_each, require_some
from shared.cli.shell import Shell
from shared.cli.stored_archives import inspect_stored, tell_conflicts
from shared.cli.transfers.downloading import download
from shared.cli.transfers.upload_notes import UploadNotes
from shared.cli.transfers.uploading import name_archive, upload
from shared.cli.web_page import visit

_FOREIGN: Final = ForeignOptions()
_COLUMNS: Final = {"NAME": "name", "SIZE": "bytes", "MODIFIED": "modified", "PINNED": "pinned"}


def create_archives_app(shell: Shell) -> App:
    """Make the commands under `archives`."""
    app = App(name="archives", help="Archives of the tenant's folder: list, check, upload, download, pin, delete.")
    _add_views(app, shell)
    _add_transfers(app, shell)
    _add_pins(app, shell)
    _add_removal(app, shell)
    return app


def _add_views(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(*, web: Web = False, options: Options = OPTIONS) -> None:
        """List the archives.

        Parameters
        ----------
        web
            Show the page's list: print its address, and at a terminal open it in the browser.
        """
        async with shell.connect(options) as session:
            if web:
                visit(shell, session, "archives")
                return
            session.display.show_all((await session.gateway.ask("GET", "archives"))["archives"], _COLUMNS)

    @app.command
    async def inspect(
        name: Archive,
        /,
        *,
        database: ChosenDatabase = None,
        join_labels: Names = (),
        rename_label: Names = (),
        foreign: ForeignOptions = _FOREIGN,
        web: Web = False,
        options: Options = OPTIONS,
    ) -> None:
        r"""Have an archive inspected as an import would, and show what it holds.

        Parameters
        ----------
        name
            The archive.
        database
            Look for conflicts in this database, and for nodes that have keys of the archive's.
        join_labels
            A label whose nodes an import would join to those that have their keys, also where they differ.
        rename_label
            `LABEL=OTHER`: nodes would get the other label instead of the one that the archive gives; a `=` in LABEL is
            `\=`.
        web
            Show the page's view of it: print its address, and at a terminal open it in the browser.
        """
        wanted = {
            "database": database,
            "join_labels": join_labels,
            "rename_labels": rename_label,
            **foreign.to_fields(),
        }
        async with shell.connect(options) as session:
            if web:
                visit(shell, session, "archives", name, database=database)
                return
            found = await inspect_stored(session, name, wanted)
            show_inspection(session.display, found)
            tell_conflicts(session.display, found)


def _add_transfers(app: App, shell: Shell) -> None:
    @app.command(name="upload")
    async def upload_(*files: Path, name: str | None = None, options: Options = OPTIONS) -> ExitCode:
        """Upload files, and print the archives' names; what was cut off goes on where it stopped.

        Parameters
        ----------
        files
            Files of this machine.
        name
            What the one file shall be called there.
        """
        if name is not None and len(files) != 1:
            raise UsageError("--name goes with one file.")
        for file in require_some(files, "file"):
            name_archive(file, name)
        async with shell.connect(options) as session:
            several = Several(display=session.display)
            for file in files:
                with several.step():
                    taken = await upload(session, UploadNotes.of(shell.environ), file, name=name)
                    session.display.give(taken, {"file": str(file), "name": taken})
            return several.exit_code

    @app.command(name="download")
    async def download_(
        name: Archive,
        /,
        *,
        output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
        force: Force = False,
        options: Options = OPTIONS,
    ) -> None:
        """Download an archive, and print the file's name; what was cut off goes on where it stopped.

        Parameters
        ----------
        name
            The archive.
        output
            The file; else one of the archive's name in this folder.
        force
            Let it replace a file.
        """
        async with shell.connect(options) as session:
            target = output or Path(name)
            await download(session, name, target, replaces=force)
            session.display.give(str(target), {"name": name, "file": str(target)})


def _add_pins(app: App, shell: Shell) -> None:
    @app.command
    async def pin(name: Archive, /, *, options: Options = OPTIONS) -> None:
        """Pin an archive: it stays until it is unpinned.

        Parameters
        ----------
        name
            The archive.
        """
        await _set_pinned(shell, options, name, pinned=True)

    @app.command
    async def unpin(name: Archive, /, *, options: Options = OPTIONS) -> None:
        """Unpin an archive.

        Parameters
        ----------
        name
            The archive.
        """
        await _set_pinned(shell, options, name, pinned=False)


async def _set_pinned(shell: Shell, options: Options, name: str, *, pinned: bool) -> None:
    async with shell.connect(options) as session:
        answer = await session.gateway.ask("PATCH", "archives", name, body={"pinned": pinned})
        session.display.give(answer["name"], answer)


def _add_removal(app: App, shell: Shell) -> None:
    @app.command
    async def delete(*names: Archive, yes: Confirmed = False, options: Options = OPTIONS) -> ExitCode:
        """Delete archives.

        Parameters
        ----------
        names
            The archives.
        yes
            Do not ask.
        """
        shell.require_yes(f"Delete {', '.join(require_some(names, 'archive'))}?", is_confirmed=yes)
        async with shell.connect(options) as session:
            return await delete_each(session, names, "archives")
