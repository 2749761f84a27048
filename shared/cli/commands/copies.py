"""The command that copies applications from one database into another."""

from __future__ import annotations

from typing import Final

from cyclopts import App

from shared.cli.choices import ConflictOptions, JobOptions, name_all
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
        from_database: str,
        to_database: str,
        /,
        *applications: str,
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
        body = {
            "from_database": from_database,
            "to_database": to_database,
            "strip_secured": strip_secured or None,
            **conflicts.to_body(name_all(applications, version)),
            **how.to_body(),
        }
        async with shell.connect(options) as session:
            job = await submit(session, "POST", "copies", body=body, key=how.idempotency_key, patience=patience)
            if (closed := await carry_out(session, job, patience)) is not None:
                show_summary(session.display, closed)
