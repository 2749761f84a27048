"""The answers of the imaging surface, to the letter."""

from __future__ import annotations

from gateway.dialects.imaging.answers import AcceptedAnswer, ImagingError
from gateway.error_facts import ErrorFacts
from shared.jobs.record import Job
from shared.logs import log_name


def view_accepted(job: Job) -> AcceptedAnswer:
    """Return the body for an accepted job."""
    return {"success": {"uuid": job.id, "logFile": log_name(job.id)}}


def form_imaging_error(facts: ErrorFacts) -> ImagingError:
    """Return the body for an error."""
    return {"error": {"code": facts.code, "message": facts.message, "details": list(facts.details)}}
