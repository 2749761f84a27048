"""The command that copies applications from one database into another."""

from __future__ import annotations

from typing import Any, Final

from cyclopts import App

from shared.cli.archive_first import find_present, keep, wants_archive
from shared.cli.choices import ConflictOptions, JobOptions, name_all
from shared.cli.choosing import Application, Database
from shared.cli.job_ids import find_job
from shared.cli.options import OPTIONS, PATIENCE, Flag, Options, Patience
from shared.cli.shell import Shell
from shared.cli.submitting import carry_out, submit
from shared.cli.summaries import show_summary

_CONFLICTS: Final = ConflictOptions()
_HOW: Final = JobOptions()


def add_copy_command(app: App, shell: Shell) -> None:
    """Add `copy`."""

    @app.command
    async def copy(
        from_database: Database,
        to_database: Database,
        /,
        *applications: Application,
        version: str | None = None,
        strip_secured: Flag = False,
        conflicts: ConflictOptions = _CONFLICTS,
        how: JobOptions = _HOW,
        patience: Patience = PATIENCE,
        options: Options = OPTIONS,
    ) -> None:
        """Copy applications from one database of the tenant into another, by one job.

        Parameters
        ----------
        from_database
            Where they are.
        to_database
            Where they shall be; the same with `--import-as` or a suffix.
        applications
            Their names.
        version
            The version of the one application that is named; else its newest.
        strip_secured
            Leave out the values of keys that sound secret, such as passwords.
        """
        is_kept = conflicts.overwrites and wants_archive(
            shell, conflicts.archive_first, patience, key=how.idempotency_key
        )
        body: dict[str, Any] = {
            "from_database": from_database,
            "to_database": to_database,
            "strip_secured": strip_secured or None,
            **conflicts.to_body(name_all(applications, version)),
            **how.to_body(),
        }
        async with shell.connect(options) as session:
            body["depends_on"] = [await find_job(session, each) for each in how.depends_on]
            kept = None
            if is_kept:
                names = applications if conflicts.import_as is None else [conflicts.import_as]
                present = await find_present(session, to_database, names)
                kept, patience = await keep(session, to_database, present, patience)
            job = await submit(session, "POST", "copies", body=body, key=how.idempotency_key, patience=patience)
            if (closed := await carry_out(session, job, patience)) is None:
                return
            show_summary(session.display, closed)
            if kept is not None:
                kept.tell_after_overwriting(session)
