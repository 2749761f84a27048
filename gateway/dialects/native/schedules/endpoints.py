"""The endpoints of schedules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final
from urllib.parse import quote

from aiohttp import web

from gateway.bodies.conditions import etag_of, require_match
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import absolute_url, respond_json
from gateway.dialects.native.base import API
from gateway.dialects.native.schedules.answers import view_run, view_runs, view_schedule, view_schedules, view_times
from gateway.dialects.native.schedules.judging import describe_owner, make_submission, require_timetable
from gateway.dialects.native.schedules.models import ScheduleBody, ScheduleChangeBody, TimesQuery
from gateway.dialects.native.schedules.running import run_at_once
from gateway.keys import CALLER, METRICS, RESOURCES, SETTINGS
from gateway.submission.submission import make_job_id
from gateway.submission.submit import judge
from shared.errors import InvalidRequestError
from shared.schedules.record import Retention, Schedule, StoredSchedule, Work

TIMES_SHOWN: Final = 5


async def list_schedules(request: web.Request) -> web.Response:
    """GET /schedules."""
    caller = request[CALLER]
    return respond_json(view_schedules(await request.app[RESOURCES].schedules.list_schedules(caller.tenant), caller))


async def create_schedule(request: web.Request) -> web.Response:
    """POST /schedules: its request is checked as if it were made now, by the caller."""
    body, caller, resources = await parse_body(request, ScheduleBody), request[CALLER], request.app[RESOURCES]
    work = body.work
    if work is None:
        raise TypeError("the model requires one")
    now = await resources.jobs.read_clock()
    schedule = Schedule(
        id=make_job_id(),
        tenant=caller.tenant,
        name=body.name,
        cron=body.cron,
        time_zone=body.time_zone,
        work=work[0],
        body=work[1],
        enabled=body.enabled,
        owner=describe_owner(caller),
        retention=body.retention.to_retention(),
        catch_up_seconds=body.catch_up_seconds,
        overlap=body.overlap,
        created=now,
        changed=now,
    )
    _require_retainable(schedule)
    next_run = _find_next(request, schedule, now)
    await _require_possible(request, schedule, now)
    await resources.schedules.create(schedule, next_run=next_run, most=request.app[SETTINGS].max_schedules)
    stored = StoredSchedule(schedule=schedule, next_run=next_run, last_run=None)
    location = absolute_url(request, f"{API}/schedules/{schedule.id}")
    return respond_json(view_schedule(stored, caller), status=201, headers={"Location": location, **etag_of(schedule)})


async def get_schedule(request: web.Request) -> web.Response:
    """GET /schedules/{schedule_id}."""
    stored = await _require_schedule(request)
    return respond_json(view_schedule(stored, request[CALLER]), headers=etag_of(stored.schedule))


async def change_schedule(request: web.Request) -> web.Response:
    """PATCH /schedules/{schedule_id}: what is done is checked again where that, or whose rights count, changes."""
    body, caller, resources = await parse_body(request, ScheduleChangeBody), request[CALLER], request.app[RESOURCES]
    if body.owner not in {None, caller.user}:
        raise InvalidRequestError(f"owner: you can make yourself the owner, {caller.user!r}, not {body.owner!r}.")
    now = await resources.jobs.read_clock()
    known = (await _require_schedule(request)).schedule
    if body.work is not None or body.owner is not None:
        await _require_possible(request, _apply(request, body, known, now), now)

    def change(current: Schedule, next_run: datetime | None) -> tuple[Schedule, datetime | None]:
        require_match(request, current)
        changed = _apply(request, body, current, now)
        _require_retainable(changed)
        if _when(changed) == _when(current):
            return changed, next_run  # which may have come, and not be run yet
        return changed, _find_next(request, changed, now) if _is_judged(changed, current) else None

    stored = await resources.schedules.change(caller.tenant, known.id, change)
    return respond_json(view_schedule(stored, caller), headers=etag_of(stored.schedule))


async def remove_schedule(request: web.Request) -> web.Response:
    """DELETE /schedules/{schedule_id}: its jobs and archives stay."""
    schedules, tenant = request.app[RESOURCES].schedules, request[CALLER].tenant
    await schedules.remove(tenant, request.match_info["schedule_id"], partial(require_match, request))
    return web.Response(status=204)


async def run_schedule(request: web.Request) -> web.Response:
    """POST /schedules/{schedule_id}/run: on behalf of the owner, as if its time had come."""
    caller, resources = request[CALLER], request.app[RESOURCES]
    schedule = (await _require_schedule(request)).schedule
    claim = await resources.schedules.begin(schedule, by=caller.user)
    run = await run_at_once(resources, request.app[METRICS], claim)
    location = absolute_url(request, f"{API}/jobs/{quote(run.job_id or '', safe='')}")
    return respond_json(view_run(run, caller), status=202, headers={"Location": location})


async def list_runs(request: web.Request) -> web.Response:
    """GET /schedules/{schedule_id}/runs: the last ones, newest first."""
    schedule, caller = (await _require_schedule(request)).schedule, request[CALLER]
    runs = await request.app[RESOURCES].schedules.list_runs(caller.tenant, schedule.id)
    return respond_json(view_runs(runs, caller))


async def list_times(request: web.Request) -> web.Response:
    """GET /schedule-times: when a line of cron comes next, before a schedule is made of it."""
    query, now = parse_query(request, TimesQuery), await request.app[RESOURCES].jobs.read_clock()
    timetable = require_timetable(request.app[SETTINGS], query.cron, query.time_zone, now)
    return respond_json(view_times(list(islice(timetable.after(now), TIMES_SHOWN))))


async def _require_schedule(request: web.Request) -> StoredSchedule:
    """Return the schedule that the path names. Raises: UnknownScheduleError."""
    schedules = request.app[RESOURCES].schedules
    return await schedules.get(request[CALLER].tenant, request.match_info["schedule_id"])


async def _require_possible(request: web.Request, schedule: Schedule, now: datetime) -> None:
    """Refuse what would be refused if the caller asked for it now. Raises: as submit."""
    submission = make_submission(schedule, request[CALLER], job_id=make_job_id(), now=now)
    await judge(request.app[RESOURCES], submission)


def _require_retainable(schedule: Schedule) -> None:
    """Raises: InvalidRequestError for rules without archives."""
    if schedule.retention.removes and schedule.work is not Work.EXPORT:
        raise InvalidRequestError("retention: a copy makes no archive; leave it out, or schedule an export.")


def _when(schedule: Schedule) -> tuple[str, str, bool]:
    """Return what its next time depends on."""
    return schedule.cron, schedule.time_zone, schedule.enabled


def _is_judged(changed: Schedule, current: Schedule) -> bool:
    """Whether the line must be fit: one that was kept under other rules may be switched off."""
    return changed.enabled or _when(changed)[:2] != _when(current)[:2]


def _find_next(request: web.Request, schedule: Schedule, now: datetime) -> datetime | None:
    """Return when a schedule comes next; None while it is off. Raises: InvalidRequestError."""
    timetable = require_timetable(request.app[SETTINGS], schedule.cron, schedule.time_zone, now)
    return timetable.next_after(now) if schedule.enabled else None


def _apply(request: web.Request, body: ScheduleChangeBody, schedule: Schedule, now: datetime) -> Schedule:
    """Return the schedule as it shall be."""
    work = body.work or (schedule.work, schedule.body)
    is_taken = body.work is not None or body.owner is not None
    retention = Retention() if work[0] is not Work.EXPORT else schedule.retention
    return replace(
        schedule,
        name=body.name or schedule.name,
        cron=body.cron or schedule.cron,
        time_zone=body.time_zone or schedule.time_zone,
        work=work[0],
        body=work[1],
        enabled=schedule.enabled if body.enabled is None else body.enabled,
        owner=describe_owner(request[CALLER]) if is_taken else schedule.owner,
        retention=retention if body.retention is None else body.retention.to_retention(),
        catch_up_seconds=schedule.catch_up_seconds if body.catch_up_seconds is None else body.catch_up_seconds,
        overlap=body.overlap or schedule.overlap,
        changed=now,
    )
