"""What receivers are told. Its fields stay; later versions may add some."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import orjson

from gateway.bodies.times import view_time
from shared.jobs.record import Job
from shared.jobs.touched import list_applications
from shared.webhooks import OUTCOMES, Delivery, Target

MOST_APPLICATIONS: Final = 100
"""Names of one payload; the link leads to the rest."""


def make_payload(delivery: Delivery, job: Job, base: str) -> bytes:
    """Return what is said of an ended job, as JSON. `base`: what links begin with, without a slash at its end.

    Who submitted a job is told the applications of the request alone: not all that it met may be that user's to see.
    """
    names = list_applications(job, with_told=delivery.target is Target.TENANT)
    outcome = OUTCOMES.get(job.status, delivery.outcome)
    data = {
        "job_id": job.id,
        "tenant": job.tenant,
        "kind": job.kind,
        "surface": job.surface,
        "database": job.database,
        "applications": names[:MOST_APPLICATIONS],
        "outcome": outcome,
        "status": job.status,
        "code": None if job.failure is None else job.failure.code,
        "created": view_time(job.created),
        "started": view_time(job.started),
        "ended": view_time(job.ended),
        "link": f"{base}/api/v1/jobs/{job.id}",
    }
    return _form(f"job.{outcome}", job.ended or delivery.created, data)


def make_test_payload(tenant: str, now: datetime) -> bytes:
    """Return what a test says."""
    return _form("webhook.test", now, {"tenant": tenant})


def _form(kind: str, time: datetime, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": kind, "timestamp": view_time(time), "data": data})
