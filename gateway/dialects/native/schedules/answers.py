"""The answers of schedules, and the functions that make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.caller import Caller
from shared.schedules.record import Overlap, Retention, Run, RunOutcome, Schedule, StoredSchedule, Work


class RunAnswer(TypedDict):
    """What became of a time of a schedule."""

    due: Time | None
    outcome: RunOutcome
    job_id: str | None
    status: str | None
    ended: Time | None
    code: str | None
    reason: str | None
    by: str | None
    number: int
    first: Time | None


class RunsAnswer(TypedDict):
    """A listing of runs, newest first."""

    runs: list[RunAnswer]


class ScheduleAnswer(TypedDict):
    """A schedule, with where it stands."""

    id: str
    name: str
    cron: str
    time_zone: str
    work: Work
    export: Mapping[str, Any] | None
    copy: Mapping[str, Any] | None
    enabled: bool
    owner: str
    retention: Retention
    catch_up_seconds: int
    overlap: Overlap
    next_run: Time | None
    last_run: RunAnswer | None
    created: Time | None
    changed: Time | None
    version: str


class SchedulesAnswer(TypedDict):
    """A listing of schedules."""

    schedules: list[ScheduleAnswer]


class TimesAnswer(TypedDict):
    """When a line of cron comes next."""

    times: list[Time]


def view_schedule(stored: StoredSchedule, caller: Caller) -> ScheduleAnswer:
    """Return a schedule as far as the caller may know it: what is done may name applications."""
    schedule, last = stored.schedule, stored.last_run
    return {
        "id": schedule.id,
        "name": schedule.name,
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "work": schedule.work,
        "export": _tell_work(schedule, Work.EXPORT, caller),
        "copy": _tell_work(schedule, Work.COPY, caller),
        "enabled": schedule.enabled,
        "owner": schedule.owner.user,
        "retention": schedule.retention,
        "catch_up_seconds": schedule.catch_up_seconds,
        "overlap": schedule.overlap,
        "next_run": view_time(stored.next_run),
        "last_run": None if last is None else view_run(last, caller),
        "created": view_time(schedule.created),
        "changed": view_time(schedule.changed),
        "version": schedule.version,
    }


def _tell_work(schedule: Schedule, work: Work, caller: Caller) -> Mapping[str, Any] | None:
    return schedule.body if schedule.work is work and _may_know(caller) else None


def _may_know(caller: Caller) -> bool:
    return caller.principal.sees_all_applications


def view_schedules(stored: Sequence[StoredSchedule], caller: Caller) -> SchedulesAnswer:
    """Return the listing of schedules."""
    return {"schedules": [view_schedule(each, caller) for each in stored]}


def view_run(run: Run, caller: Caller) -> RunAnswer:
    """Return what became of a time; reasons may name applications."""
    return {
        "due": view_time(run.due),
        "outcome": run.outcome,
        "job_id": run.job_id,
        "status": run.status,
        "ended": view_time(run.ended),
        "code": run.code,
        "reason": run.reason if _may_know(caller) else None,
        "by": run.by,
        "number": run.number,
        "first": view_time(run.first),
    }


def view_runs(runs: Sequence[Run], caller: Caller) -> RunsAnswer:
    """Return the listing of runs."""
    return {"runs": [view_run(each, caller) for each in runs]}


def view_times(times: Sequence[datetime]) -> TimesAnswer:
    """Return the times."""
    return {"times": [text for each in times if (text := view_time(each)) is not None]}
