"""The commands about jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from cyclopts import App, Parameter
from cyclopts.validators import Number

from shared.cli.client.gateway import Query
from shared.cli.commands.receipts import add_receipt
from shared.cli.endings import tell_left
from shared.cli.exit_codes import ExitCode
from shared.cli.following import Record
from shared.cli.log_reading import print_log
from shared.cli.options import OPTIONS, PATIENCE, Flag, Options, Patience, Words, one_of
from shared.cli.several import Several, require_some
from shared.cli.shell import Session, Shell
from shared.cli.submitting import carry_out, submit
from shared.cli.summaries import show_summary
from shared.cli.waiting import wait_for_jobs
from shared.jobs.record import JobKind, Status

_COLUMNS: Final = {
    "ID": "id",
    "KIND": "kind",
    "STATUS": "status",
    "DATABASE": "database",
    "BY": "created_by",
    "CREATED": "created",
}
_FIELDS: Final = {
    "Id": "id",
    "Kind": "kind",
    "Status": "status",
    "Phase": "phase",
    "Database": "database",
    "Created by": "created_by",
    "Created": "created",
    "Started": "started",
    "Ended": "ended",
    "Nodes": "progress.nodes_done",
    "Relationships": "progress.relationships_done",
    "Archive": "archive.name",
    "Size": "archive.bytes",
    "SHA-256": "archive.sha256",
    "Failure": "failure.code",
    "Because": "failure.message",
    "Details": "failure.details",
    "Cancelled by": "cancel.by",
    "Reason": "cancel.reason",
    "Attempt": "attempt",
    "Crashes": "crashes",
    "Retry of": "retry_of",
    "Depends on": "depends_on",
}
_PAGE: Final = 500
_Follow = Annotated[Flag, Parameter(name=["--follow", "-f"])]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """Which jobs are meant."""

    status: Annotated[Words, one_of(Status)] = ()
    """Only those of these statuses."""
    kind: Annotated[Words, one_of(JobKind)] = ()
    """Only those of these kinds."""
    created_by: str | None = None
    """Only those of this user."""
    database: str | None = None
    """Only those in this database."""
    application: str | None = None
    """Only those about this application."""
    after: datetime | None = None
    """Only those created since."""
    before: datetime | None = None
    """Only those created until then."""

    def to_query(self) -> Query:
        return {
            "status": self.status,
            "kind": self.kind,
            "created_by": self.created_by,
            "database": self.database,
            "application": self.application,
            "created_after": _format(self.after),
            "created_before": _format(self.before),
        }


_ALL: Final = _Filter()


def _format(time: datetime | None) -> str | None:
    """Return a time with its zone; one without is a time of this machine."""
    return None if time is None else time.astimezone().isoformat()


def create_jobs_app(shell: Shell) -> App:
    """Make the commands under `jobs`."""
    app = App(name="jobs", help="Jobs: list, watch, cancel, try again.")
    _add_views(app, shell)
    _add_watching(app, shell)
    _add_changes(app, shell)
    return app


def _add_views(app: App, shell: Shell) -> None:
    @app.command(name="list")
    async def list_(
        *,
        where: _Filter = _ALL,
        limit: Annotated[int, Parameter(validator=Number(gte=1))] = 50,
        options: Options = OPTIONS,
    ) -> None:
        """List jobs, the newest first.

        Parameters
        ----------
        limit
            The most that are listed.
        """
        async with shell.connect(options) as session:
            session.display.show_all([job async for job in _read_jobs(session, where, limit)], _COLUMNS)

    @app.command
    async def show(job: str, /, *, options: Options = OPTIONS) -> None:
        """Show a job.

        Parameters
        ----------
        job
            Its id.
        """
        async with shell.connect(options) as session:
            record = await session.gateway.ask("GET", "jobs", job)
            session.display.show(record, _FIELDS)
            if (left := tell_left(record)) is not None:
                session.display.conclude(left)

    add_receipt(app, shell)

    @app.command
    async def log(job: str, /, *, follow: _Follow = False, options: Options = OPTIONS) -> None:
        """Print a job's log: JSON Lines.

        Parameters
        ----------
        job
            Its id.
        follow
            Go on until the job has ended.
        """
        async with shell.connect(options) as session:
            await print_log(session, job, follows=follow, output=shell.output)


async def _read_jobs(session: Session, where: _Filter, limit: int) -> AsyncIterator[Record]:
    """Read page after page."""
    cursor, left = None, limit
    while left > 0:
        query = {**where.to_query(), "limit": min(left, _PAGE), "cursor": cursor}
        page = await session.gateway.ask("GET", "jobs", query=query)
        for job in page["jobs"]:
            yield job
        left -= len(page["jobs"])
        if (cursor := page["next_cursor"]) is None:
            return


def _add_watching(app: App, shell: Shell) -> None:
    @app.command
    async def watch(*jobs: str, patience: Patience = PATIENCE, options: Options = OPTIONS) -> ExitCode:
        """Stay with jobs until they have ended; the exit code says how.

        Parameters
        ----------
        jobs
            Their ids.
        """
        require_some(jobs, "job")
        async with shell.connect(options) as session:
            several = Several(display=session.display)
            records = [await session.gateway.ask("GET", "jobs", job) for job in jobs]
            await wait_for_jobs(session, records, patience, several)
            return several.exit_code


def _add_changes(app: App, shell: Shell) -> None:
    @app.command
    async def cancel(*jobs: str, reason: str | None = None, options: Options = OPTIONS) -> ExitCode:
        """Cancel jobs: a waiting one at once, a running one at its next batch.

        Parameters
        ----------
        jobs
            Their ids.
        reason
            Why: it is kept with the job.
        """
        require_some(jobs, "job")
        async with shell.connect(options) as session:
            several = Several(display=session.display)
            body = {"status": Status.CANCELLED, **({} if reason is None else {"reason": reason})}
            for job in jobs:
                with several.step():
                    record = await session.gateway.ask("PATCH", "jobs", job, body=body)
                    session.display.give(f"{record['id']} {record['status']}", record)
            return several.exit_code

    @app.command
    async def retry(job: str, /, *, patience: Patience = PATIENCE, options: Options = OPTIONS) -> None:
        """Submit a job again that failed, was cancelled or took too long.

        Parameters
        ----------
        job
            Its id; the new job has another one.
        """
        async with shell.connect(options) as session:
            again = await submit(session, "POST", "jobs", job, "retry", patience=patience)
            if (closed := await carry_out(session, again, patience)) is not None:
                show_summary(session.display, closed)
