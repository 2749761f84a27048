"""Inspects an archive as an import would, for whoever does not wait for the answer."""

from __future__ import annotations

import orjson

from handlers.attempts.context import Context, Handler, require_request
from handlers.cleanup.proofs import owner_of
from shared.errors import TooLargeError
from shared.inspecting.document import view_inspection
from shared.inspecting.stored import inspect_stored
from shared.jobs.record import Job, Outcome, Phase, Progress, Status
from shared.jobs.requests import InspectRequest
from shared.jobs.summaries import ArchiveFacts, Summary

MOST_REPORT_BYTES = 1024**2
"""Of what one inspection found: the job store keeps it in memory."""


async def run(job: Job, context: Context) -> Outcome:
    """Inspect the archive, and report what was found, with all that only some of the readers may see.

    Raises: as inspect_stored; TooLargeError.
    """
    request, progress = require_request(job, InspectRequest), Progress(phase=Phase.CHECKING)
    await context.advance(progress)
    owner = owner_of(job, context.claim.fence)
    found = await inspect_stored(context, job.tenant, request, owner=owner, identity=job.archive_identity)
    report = orjson.dumps(view_inspection(request.archive_name, found))
    if len(report) > MOST_REPORT_BYTES:
        raise TooLargeError(
            f"What the inspection found takes {len(report)} bytes, and a job keeps {MOST_REPORT_BYTES} at most; "
            "inspect the archive without `Prefer: respond-async`."
        )
    inspection = found.inspection
    archive = ArchiveFacts(name=request.archive_name, bytes=inspection.size, sha256=inspection.sha256)
    return Outcome(status=Status.CLOSED, archive=archive, progress=progress, report=report.decode())


async def undo(_: Job, __: Context) -> Summary:
    """Do nothing: nothing was written."""
    return Summary()


HANDLER = Handler(run=run, undo=undo)
