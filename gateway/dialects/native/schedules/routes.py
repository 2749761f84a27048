"""The routes of schedules."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import ADMINISTRATORS
from gateway.bodies.conditions import ETAG, IF_MATCH, describe_shown
from gateway.dialects.native.base import API
from gateway.dialects.native.schedules import endpoints
from gateway.dialects.native.schedules.answers import (
    RunAnswer,
    RunsAnswer,
    ScheduleAnswer,
    SchedulesAnswer,
    TimesAnswer,
)
from gateway.dialects.native.schedules.models import ScheduleBody, ScheduleChangeBody, TimesQuery
from gateway.doc import LOCATION, NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Endpoint, Route
from shared.identity import Role

_EXAMPLE = {
    "name": "MyApp, every night",
    "cron": "30 2 * * *",
    "time_zone": "Europe/Berlin",
    "export": {"database": "source", "applications": [{"name": "MyApp"}]},
    "retention": {"keep_daily": 7, "keep_weekly": 4},
}


def list_schedule_routes() -> Sequence[Route]:
    """List the routes."""
    schedules, schedule = f"{API}/schedules", f"{API}/schedules/{{schedule_id:[^/]+}}"
    listed = Doc(summary="List the tenant's schedules.", answers={200: Answer(model=SchedulesAnswer)})
    created = Doc(
        summary="Have an export or a copy made by the clock.",
        body=Body(model=ScheduleBody, example=_EXAMPLE),
        answers={201: Answer(text="It is made.", model=ScheduleAnswer, headers={**LOCATION, **ETAG})},
        refusals=refusals(409, 422),
    )
    shown = describe_shown("Show a schedule.", ScheduleAnswer)
    changed = Doc(
        summary="Change a schedule, or switch it on or off; what is not named stays.",
        body=Body(model=ScheduleChangeBody, example={"enabled": False}),
        headers=IF_MATCH,
        answers={200: Answer(model=ScheduleAnswer, headers=ETAG)},
        refusals=refusals(409, 422),
    )
    removed = Doc(summary="Remove a schedule; its jobs and archives stay.", headers=IF_MATCH, answers={204: NO_CONTENT})
    ran = Doc(
        summary="Run a schedule now, with the rights of its owner.",
        answers={202: Answer(text="The job is accepted.", model=RunAnswer, headers=LOCATION)},
        refusals=refusals(409, 422),
    )
    runs = Doc(
        summary="List what became of the last times of a schedule, newest first.",
        answers={200: Answer(model=RunsAnswer)},
    )
    times = Doc(
        summary="Tell when a line of cron comes next.", query=TimesQuery, answers={200: Answer(model=TimesAnswer)}
    )
    return [
        _route("GET", schedules, "schedules.list", endpoints.list_schedules, listed),
        _route("POST", schedules, "schedules.create", endpoints.create_schedule, created, ADMINISTRATORS),
        _route("GET", schedule, "schedules.get", endpoints.get_schedule, shown),
        _route("PATCH", schedule, "schedules.change", endpoints.change_schedule, changed, ADMINISTRATORS),
        _route("DELETE", schedule, "schedules.remove", endpoints.remove_schedule, removed, ADMINISTRATORS),
        _route("POST", f"{schedule}/run", "schedules.run", endpoints.run_schedule, ran, ADMINISTRATORS),
        _route("GET", f"{schedule}/runs", "schedules.runs", endpoints.list_runs, runs),
        _route("GET", f"{API}/schedule-times", "schedules.times", endpoints.list_times, times),
    ]


def _route(
    method: str, path: str, name: str, endpoint: Endpoint, doc: Doc, roles: frozenset[Role] = frozenset()
) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, roles=roles)
