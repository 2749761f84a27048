"""The commands about jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from cyclopts import App, Parameter
from cyclopts.validators import Number

from shared.cli.cancelling import cancel_jobs, list_unfinished
from shared.cli.choosing import ChosenJob, Job, RetriableJob, UnfinishedJob
from shared.cli.commands.receipts import add_receipt
from shared.cli.endings import tell_left
from shared.cli.errors import UsageError
from shared.cli.exit_codes import ExitCode
from shared.cli.job_ids import find_jobs, find_one
from shared.cli.job_listing import EVERYTHING, Filter, Form, name_owner, show_jobs, watch_jobs
from shared.cli.job_words import tell_turn
from shared.cli.log_reading import print_log
from shared.cli.options import OPTIONS, PATIENCE, Confirmed, Flag, Options, Patience, Web, one_of
from shared.cli.several import Several
from shared.cli.shell import Shell
from shared.cli.submitting import carry_out, submit
from shared.cli.summaries import show_summary
from shared.cli.waiting import wait_for_jobs
from shared.cli.web_page import visit

_FIELDS: Final = {
    "Id": "id",
    "Kind": "kind",
    "Status": "status",
    "Phase": "phase",
    "Waits at": "turn",
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
_Follow = Annotated[Flag, Parameter(name=["--follow", "-f"])]
_Watch = Annotated[Flag, Parameter(name=["--watch"])]
_Form = Annotated[str, Parameter(name=["--output", "-o"]), one_of(Form)]


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
        where: Filter = EVERYTHING,
        limit: Annotated[int, Parameter(validator=Number(gte=1))] = 50,
        output: _Form = Form.TABLE,
        watch: _Watch = False,
        web: Web = False,
        options: Options = OPTIONS,
    ) -> None:
        """List jobs, the newest first: what each does, from where to where, and how long it took.

        Parameters
        ----------
        limit
            The most that are listed.
        output
            `wide` for more columns, `id` for ids alone, `json` as with --json.
        watch
            Go on until Ctrl-C: at a terminal the list is kept as it is now, elsewhere each change is a line.
        web
            Show the page's list: print its address, and at a terminal open it in the browser.
        """
        form = Form(output)
        async with shell.connect(replace(options, json=options.json or form is Form.JSON)) as session:
            where = await name_owner(session, where)
            if web:
                visit(shell, session, "jobs", **where.to_page())
            else:
                await (watch_jobs if watch else show_jobs)(session, where, limit, form)

    @app.command
    async def show(
        job: ChosenJob = None, /, *, last: Flag = False, web: Web = False, options: Options = OPTIONS
    ) -> None:
        """Show a job; of one that waits for the tenant's turn, its place and the job before it too.

        Parameters
        ----------
        job
            Its id, or the beginning of it.
        last
            The last one that you submitted.
        web
            Show the page's view of it: print its address, and at a terminal open it in the browser.
        """
        async with shell.connect(options) as session:
            found = await find_one(session, job, last=last)
            if web:
                visit(shell, session, "jobs", found)
                return
            record = await session.gateway.ask("GET", "jobs", found)
            session.display.show(record if options.json else {**record, "turn": tell_turn(record)}, _FIELDS)
            if (left := tell_left(record)) is not None:
                session.display.conclude(left)

    add_receipt(app, shell)

    @app.command
    async def log(
        job: ChosenJob = None, /, *, last: Flag = False, follow: _Follow = False, options: Options = OPTIONS
    ) -> None:
        """Print a job's log: JSON Lines.

        Parameters
        ----------
        job
            Its id, or the beginning of it.
        last
            Of the last one that you submitted.
        follow
            Go on until the job has ended.
        """
        async with shell.connect(options) as session:
            await print_log(session, await find_one(session, job, last=last), follows=follow, output=shell.output)


def _add_watching(app: App, shell: Shell) -> None:
    @app.command
    async def watch(
        *jobs: Job, last: Flag = False, patience: Patience = PATIENCE, options: Options = OPTIONS
    ) -> ExitCode:
        """Stay with jobs until they have ended; the exit code says how.

        With --json each change is a line, with the elements per second and the seconds that are left as `pace`.

        Parameters
        ----------
        jobs
            Their ids, or the beginnings of them.
        last
            The last one that you submitted.
        """
        async with shell.connect(options) as session:
            several = Several(display=session.display)
            found = await find_jobs(session, jobs, last=last)
            records = [await session.gateway.ask("GET", "jobs", job) for job in found]
            await wait_for_jobs(session, records, patience, several)
            return several.exit_code


def _add_changes(app: App, shell: Shell) -> None:
    @app.command
    async def cancel(
        *jobs: UnfinishedJob,
        last: Flag = False,
        all_: Annotated[Flag, Parameter(name="--all")] = False,
        mine: Flag = False,
        yes: Confirmed = False,
        reason: str | None = None,
        options: Options = OPTIONS,
    ) -> ExitCode:
        """Cancel jobs: a waiting one at once, a running one at its next batch.

        Parameters
        ----------
        jobs
            Their ids, or the beginnings of them.
        last
            The last one that you submitted.
        all_
            All jobs that have not ended, as far as you see them: those that wait first.
        mine
            With --all: only your own.
        yes
            Do not ask, with --all.
        reason
            Why: it is kept with the job.
        """
        if mine and not all_:
            raise UsageError("--mine goes with --all.")
        if all_ and (jobs or last):
            raise UsageError("Name jobs or say --all, not both.")
        async with shell.connect(options) as session:
            if not all_:
                return await cancel_jobs(session, await find_jobs(session, jobs, last=last), reason)
            found = await list_unfinished(session, mine=mine)
            if found:
                shell.require_yes(f"Cancel {', '.join(found)}?", is_confirmed=yes)
            else:
                session.display.say("There is no job to cancel.")
            return await cancel_jobs(session, found, reason, may_have_ended=True)

    @app.command
    async def retry(
        job: RetriableJob = None,
        /,
        *,
        last: Flag = False,
        patience: Patience = PATIENCE,
        options: Options = OPTIONS,
    ) -> None:
        """Submit a job again that failed, was cancelled or took too long.

        Parameters
        ----------
        job
            Its id, or the beginning of it; the new job has another one.
        last
            The last one that you submitted.
        """
        async with shell.connect(options) as session:
            found = await find_one(session, job, last=last)
            again = await submit(session, "POST", "jobs", found, "retry", patience=patience)
            if (closed := await carry_out(session, again, patience)) is not None:
                show_summary(session.display, closed)
