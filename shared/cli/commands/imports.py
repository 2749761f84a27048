"""The command that imports archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cyclopts import App, Parameter

from shared.cli.archive_first import Kept, find_present, keep, wants_archive
from shared.cli.choices import ConflictOptions, ForeignOptions, JobOptions
from shared.cli.choosing import ChosenDatabase
from shared.cli.client.gateway import Query
from shared.cli.errors import UsageError
from shared.cli.exit_codes import ExitCode
from shared.cli.following import Record
from shared.cli.job_ids import find_job
from shared.cli.options import OPTIONS, PATIENCE, Flag, Names, Options, Patience
from shared.cli.several import Several, require_some
from shared.cli.shell import Session, Shell
from shared.cli.stored_archives import inspect_stored, show_inspected
from shared.cli.submitting import choose_database, submit
from shared.cli.transfers.upload_notes import UploadNotes
from shared.cli.transfers.uploading import name_archive, upload
from shared.cli.waiting import minding_interruption, wait_for_jobs
from shared.jobs.label_pairs import parse_label_pair


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """Which archives are meant, and what of them."""

    database: ChosenDatabase = None
    """Where the applications shall be; needed where the tenant has several databases."""
    stored: Flag = False
    """The archives are in the tenant's archive folder already: these are their names there."""
    name: str | None = None
    """What the one archive shall be called there; else as the file."""
    application: Names = ()
    """Only these applications of the archive."""
    rename_label: Names = ()
    r"""`LABEL=OTHER`: nodes get the other label instead of the one that the archive gives; a `=` in LABEL is `\=`."""
    check: bool = True
    """Show content, conflicts and disk need of each archive first."""


_WHAT: Final = ImportOptions()
_CONFLICTS: Final = ConflictOptions()
_FOREIGN: Final = ForeignOptions()
_HOW: Final = JobOptions()


def add_import_command(app: App, shell: Shell) -> None:
    """Add `import`."""

    @app.command(name="import")
    async def import_(
        *archives: Path,
        what: ImportOptions = _WHAT,
        conflicts: ConflictOptions = _CONFLICTS,
        foreign: ForeignOptions = _FOREIGN,
        how: JobOptions = _HOW,
        patience: Patience = PATIENCE,
        options: Options = OPTIONS,
    ) -> ExitCode:
        """Upload archives, show what is in them, import them one after another.

        Parameters
        ----------
        archives
            Files of this machine.
        """
        _check_archives(archives, what, how)
        is_kept = conflicts.overwrites and wants_archive(
            shell, conflicts.archive_first, patience, key=how.idempotency_key
        )
        body = {
            **how.to_body(),
            "rename_labels": _renamed(what.rename_label),
            **conflicts.to_body([{"name": each} for each in what.application]),
            **foreign.to_fields(),
        }
        checked = {
            "join_labels": conflicts.join_labels,
            "rename_labels": what.rename_label,
            **foreign.to_fields(),
        }
        async with shell.connect(options) as session:
            database = await choose_database(session.gateway, what.database)
            depends_on = [await find_job(session, each) for each in how.depends_on]
            several = Several(display=session.display)
            jobs: list[Record] = []
            going: list[Kept] = []
            for archive in archives:
                with several.step(ends=False):
                    async with minding_interruption(session, jobs, patience):
                        there = await _bring(shell, session, archive, what)
                        query = {"database": database, **checked}
                        found = await show_inspected(session, there, query) if what.check else None
                        if is_kept:
                            names = await _name_arriving(session, there, query, what, conflicts, found)
                            present = await find_present(session, database, names)
                            kept, patience = await keep(session, database, present, patience)
                            going += [] if kept is None else [kept]
                        wanted = {**body, "database": database, "archive": there, "depends_on": depends_on}
                        jobs.append(
                            await submit(
                                session, "POST", "imports", body=wanted, key=how.idempotency_key, patience=patience
                            )
                        )
            if patience.wait:
                await wait_for_jobs(session, jobs, patience, several)
                for each in going:
                    each.tell_after_overwriting(session)
                return several.exit_code
            for job in jobs:
                with several.step():
                    session.display.give(job["id"], job)
            return several.exit_code


def _renamed(pairs: Sequence[str]) -> Mapping[str, str] | None:
    """Raises: UsageError."""
    renamed = {}
    for pair in pairs:
        try:
            label, other = parse_label_pair(pair)
        except ValueError as error:
            raise UsageError(f"--rename-label {pair}: {error}.") from error
        renamed[label] = other
    return renamed or None


def _check_archives(archives: Sequence[Path], what: ImportOptions, how: JobOptions) -> None:
    """Refuse before anything is sent. Raises: UsageError, InvalidFileNameError."""
    require_some(archives, "archive")
    if what.name is not None and (len(archives) > 1 or what.stored):
        raise UsageError("--name goes with one file.")
    if how.idempotency_key is not None and len(archives) > 1:
        raise UsageError("--idempotency-key goes with one archive.")
    for each in () if what.stored else archives:
        name_archive(each, what.name)


async def _name_arriving(
    session: Session,
    archive: str,
    query: Query,
    what: ImportOptions,
    conflicts: ConflictOptions,
    found: Mapping[str, Any] | None,
) -> Sequence[str]:
    """Return the names that the archive's applications get in the database."""
    if conflicts.import_as is not None:
        return [conflicts.import_as]
    if what.application:
        return what.application
    inspected = await inspect_stored(session, archive, query) if found is None else found
    return [str(each["name"]) for each in inspected["applications"]]


async def _bring(shell: Shell, session: Session, archive: Path, what: ImportOptions) -> str:
    """Return the archive's name in the tenant's folder."""
    if what.stored:
        return str(archive)
    return await upload(session, UploadNotes.of(shell.environ), archive, name=what.name)
