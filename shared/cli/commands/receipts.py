"""The command that shows the receipt of a job."""

from __future__ import annotations

from typing import Final

from cyclopts import App

from shared.cli.choosing import ChosenJob
from shared.cli.endings import tell_left_by_receipt
from shared.cli.job_ids import find_one
from shared.cli.options import OPTIONS, Flag, Options
from shared.cli.shell import Shell

_FIELDS: Final = {
    "Job": "job",
    "Kind": "kind",
    "Outcome": "outcome",
    "Tenant": "tenant",
    "Database": "database",
    "From database": "from_database",
    "Submitted by": "created_by",
    "Surface": "surface",
    "Submitted": "created",
    "Started": "started",
    "Ended": "ended",
    "Attempts": "attempts",
    "Retry of": "retry_of",
    "Correlation id": "correlation_id",
    "Archive": "archive.name",
    "Size": "archive.bytes",
    "SHA-256": "archive.sha256",
    "Nodes": "nodes",
    "Relationships": "relationships",
    "Failure": "failure.code",
    "Because": "failure.message",
    "Cancelled by": "cancel.by",
    "Reason": "cancel.reason",
    "Made by": "made_by",
}
_COLUMNS: Final = {
    "APPLICATION": "name",
    "VERSION": "version",
    "OUTCOME": "outcome",
    "NODES": "nodes",
    "RELATIONSHIPS": "relationships",
    "DIGEST BEFORE": "digest_before",
    "DIGEST AFTER": "digest_after",
}


def add_receipt(app: App, shell: Shell) -> None:
    """Add `receipt` to the commands about jobs."""

    @app.command
    async def receipt(job: ChosenJob = None, /, *, last: Flag = False, options: Options = OPTIONS) -> None:
        """Show the receipt of an ended job: who, when, what, with counts, digests and outcome.

        Parameters
        ----------
        job
            Its id, or the beginning of it.
        last
            The last one that you submitted.
        """
        async with shell.connect(options) as session:
            job_id = await find_one(session, job, last=last)
            display, found = session.display, await session.gateway.ask("GET", "jobs", job_id, "receipt")
            display.show(found, _FIELDS)
            if found["applications"] and not display.as_json:
                display.conclude("")
                display.show_all(found["applications"], _COLUMNS)
            if (left := tell_left_by_receipt(found)) is not None:
                display.conclude(left)
