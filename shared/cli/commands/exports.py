"""The command that exports applications."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from shared.cli.choices import ExportOptions, JobOptions
from shared.cli.choosing import Application, ChosenDatabase
from shared.cli.errors import UsageError
from shared.cli.job_ids import find_job
from shared.cli.options import OPTIONS, PATIENCE, Force, Options, Patience
from shared.cli.shell import Shell
from shared.cli.submitting import carry_out, choose_database, submit
from shared.cli.transfers.downloading import download, require_free

_WHAT: Final = ExportOptions()
_HOW: Final = JobOptions()


def add_export_command(app: App, shell: Shell) -> None:
    """Add `export`."""

    @app.command
    async def export(
        *applications: Application,
        database: ChosenDatabase = None,
        output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
        force: Force = False,
        what: ExportOptions = _WHAT,
        how: JobOptions = _HOW,
        patience: Patience = PATIENCE,
        options: Options = OPTIONS,
    ) -> None:
        """Export applications into an archive, and print its name.

        Parameters
        ----------
        applications
            Their names: all of them travel in one archive.
        database
            Where they are; needed where the tenant has several databases.
        output
            Download the archive to this file, and print its name instead.
        force
            Let the download replace a file.
        """
        wanted = {**what.to_body(applications), **how.to_body()}
        _check_output(output, patience, replaces=force)
        async with shell.connect(options) as session:
            database = await choose_database(session.gateway, database)
            depends_on = [await find_job(session, each) for each in how.depends_on]
            body = {**wanted, "database": database, "depends_on": depends_on}
            job = await submit(session, "POST", "exports", body=body, key=how.idempotency_key, patience=patience)
            if (closed := await carry_out(session, job, patience)) is None:
                return
            name: str = closed["archive"]["name"]
            if output is not None:
                await download(session, name, output, replaces=force)
            session.display.conclude(str(output or name))


def _check_output(output: Path | None, patience: Patience, *, replaces: bool) -> None:
    """Refuse before the export what could not be written after it. Raises: UsageError."""
    if output is not None and not patience.wait:
        raise UsageError("--output waits for the export: leave out --no-wait.")
    if output is not None:
        require_free(output, replaces=replaces)
