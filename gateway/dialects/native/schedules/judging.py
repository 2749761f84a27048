"""Turns a schedule into the request that it stands for, on behalf of whoever owns it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.bodies.parsing import parse_json
from gateway.dialects.native.copies.models import CopyBody
from gateway.dialects.native.exports.models import ExportBody
from gateway.submission.submission import Submission
from shared.caller import Caller
from shared.errors import ForbiddenError, InvalidRequestError
from shared.jobs.record import Surface
from shared.ports.identity import IdentityStore
from shared.ports.jobs import WhenBusy
from shared.rights.principals import find_principal
from shared.schedules.cron import Timetable, read_timetable
from shared.schedules.record import Owner, Schedule, Work
from shared.settings.process import Settings
from shared.trace_context import begin_trace


def require_timetable(settings: Settings, cron: str, zone: str, now: datetime) -> Timetable:
    """Return the moments of a line that does not come too often. Raises: InvalidRequestError."""
    shortest = read_timetable(cron, "UTC").find_shortest(now)
    least = timedelta(seconds=settings.schedule_interval_seconds)
    if shortest is not None and shortest < least:
        raise InvalidRequestError(
            f"Cron line {cron!r} comes again after {shortest.total_seconds():.0f} seconds; a schedule needs "
            f"{least.total_seconds():.0f} at least (GRAPHFERRY_SCHEDULE_INTERVAL_SECONDS)."
        )
    return read_timetable(cron, zone)


def describe_owner(caller: Caller) -> Owner:
    """Return the caller as an owner: what has to be known to ask about the same user again."""
    principal = caller.principal
    if principal.is_outside:
        return Owner(user=caller.user, home=None, roles=tuple(sorted(principal.roles)))
    return Owner(user=caller.user, home=principal.tenant)


async def require_owner(identity: IdentityStore, schedule: Schedule) -> Caller:
    """Return a schedule's owner with the rights of today. Raises: ForbiddenError for one who is gone or disabled."""
    owner = schedule.owner
    principal = await find_principal(
        identity, tenant=schedule.tenant, user=owner.user, home=owner.home, roles=owner.roles
    )
    if principal is None:
        raise ForbiddenError(
            f"User {owner.user!r}, who owns this schedule, may no longer act for its tenant: an administrator can take "
            "it over."
        )
    return Caller(principal=principal, tenant=schedule.tenant)


def make_submission(schedule: Schedule, caller: Caller, *, job_id: str, now: datetime) -> Submission:
    """Return what a schedule submits. Raises: InvalidRequestError."""
    body = _read_body(schedule.work, schedule.body)
    return Submission(
        job_id=job_id,
        caller=caller,
        surface=Surface.NATIVE,
        request=body.to_request() if isinstance(body, CopyBody) else body.to_request(now),
        when_busy=WhenBusy.QUEUE if body.queue else WhenBusy.REFUSE,
        webhook=body.find_webhook(),
        trace=begin_trace(),
    )


def _read_body(work: Work, body: Mapping[str, Any]) -> ExportBody | CopyBody:
    """Return a body as it was sent. Raises: InvalidRequestError."""
    content, where = orjson.dumps(body), "request of the schedule"
    match work:
        case Work.EXPORT:
            return parse_json(content, ExportBody, where)
        case Work.COPY:
            return parse_json(content, CopyBody, where)
