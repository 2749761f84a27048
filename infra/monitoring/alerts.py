"""The alerts, each with a fault that it fires for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

GATEWAYS: Final = 'job="graphferry-gateway"'
"""What a scrape of gateways has to be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert."""

    name: str
    expression: str
    minutes: int
    """How long it must hold."""
    severity: str
    """`page`: somebody must act now; `ticket`: somebody must look."""
    summary: str
    action: str
    """What to do."""
    fault: Mapping[str, str]
    """Series, with their values a minute apart as promtool writes them, of which the alert fires within 90 minutes."""
    sound: Mapping[str, str]
    """The same where nothing is wrong."""


def _steady(series: str, value: int) -> Mapping[str, str]:
    return {series: f"{value}x90"}


def _growing(series: str, by: int) -> Mapping[str, str]:
    return {series: f"0+{by}x90"}


_GATEWAY: Final = f'{{{GATEWAYS},instance="one"}}'
_ENDED: Final = 'graphferry_jobs_ended_total{{kind="{kind}",surface="native",status="{status}",code="{code}"}}'
_CREATED: Final = 'graphferry_jobs_unfinished{status="created",surface="native",kind="export"}'


def _ended(code: str, by: int, status: str = "failed", kind: str = "export") -> Mapping[str, str]:
    return _growing(_ENDED.format(kind=kind, status=status, code=code), by)


ALERTS: Final = (
    Alert(
        name="GraphferryGatewayDown",
        expression=f"up{{{GATEWAYS}}} == 0",
        minutes=2,
        severity="page",
        summary="A gateway does not answer.",
        action="Look at its process and its log; the balancer should have taken it out.",
        fault=_steady(f"up{_GATEWAY}", 0),
        sound=_steady(f"up{_GATEWAY}", 1),
    ),
    Alert(
        name="GraphferryStoreUnreachable",
        expression="graphferry_store_up == 0",
        minutes=1,
        severity="page",
        summary="A gateway cannot ask the job store (Valkey).",
        action="Every request fails. Look at Valkey, its sentinels and the network; see /readyz.",
        fault=_steady(f"graphferry_store_up{_GATEWAY}", 0),
        sound=_steady(f"graphferry_store_up{_GATEWAY}", 1),
    ),
    Alert(
        name="GraphferryNoWorker",
        expression='max without (instance) (graphferry_workers{state="taking"}) == 0',
        minutes=2,
        severity="page",
        summary="No worker takes jobs.",
        action="Start workers; those that are there may be draining.",
        fault=_steady('graphferry_workers{state="taking"}', 0),
        sound=_steady('graphferry_workers{state="taking"}', 2),
    ),
    Alert(
        name="GraphferryJobsDoNotStart",
        expression='max without (instance) (sum by (instance) (graphferry_jobs_unfinished{status="created"})) > 0 '
        "unless max without (instance) (sum by (instance) (increase(graphferry_job_wait_seconds_count[15m]))) > 0",
        minutes=15,
        severity="page",
        summary="Jobs wait, and none was begun for a quarter of an hour.",
        action="Look at the workers' logs; they may not reach the store, or all be busy with long jobs.",
        fault={**_steady(_CREATED, 3), **_steady('graphferry_job_wait_seconds_count{kind="export"}', 7)},
        sound={**_steady(_CREATED, 3), **_growing('graphferry_job_wait_seconds_count{kind="export"}', 1)},
    ),
    Alert(
        name="GraphferryJobsWaitLong",
        expression="histogram_quantile(0.9, max without (instance) "
        "(sum by (instance, le) (rate(graphferry_job_wait_seconds_bucket[30m])))) > 1800",
        minutes=10,
        severity="ticket",
        summary="One job in ten waits more than half an hour for its turn.",
        action="Add workers; a tenant has one running job, so its own queue may be the reason.",
        fault={
            **_steady('graphferry_job_wait_seconds_bucket{kind="export",le="1800"}', 0),
            **_growing('graphferry_job_wait_seconds_bucket{kind="export",le="7200"}', 2),
            **_growing('graphferry_job_wait_seconds_bucket{kind="export",le="+Inf"}', 2),
        },
        sound={
            **_growing('graphferry_job_wait_seconds_bucket{kind="export",le="1800"}', 2),
            **_growing('graphferry_job_wait_seconds_bucket{kind="export",le="7200"}', 2),
            **_growing('graphferry_job_wait_seconds_bucket{kind="export",le="+Inf"}', 2),
        },
    ),
    Alert(
        name="GraphferryJobsFail",
        expression="max without (instance) "
        '(sum by (instance) (increase(graphferry_jobs_ended_total{status="failed"}[30m])))'
        " / max without (instance) (sum by (instance) (increase(graphferry_jobs_ended_total[30m]))) > 0.25",
        minutes=10,
        severity="ticket",
        summary="A quarter of the jobs fails.",
        action="See which code grows in graphferry_jobs_ended_total, and docs/errors.md.",
        fault={**_ended("INVALID_ARCHIVE", 1), **_ended("", 1, "closed")},
        sound={**_ended("INVALID_ARCHIVE", 1), **_ended("", 9, "closed")},
    ),
    Alert(
        name="GraphferrySchedulesFail",
        expression="sum(increase("
        'graphferry_schedule_runs_total{outcome=~"failed|missed"}[30m])) > 0 or sum(increase('
        'graphferry_schedule_jobs_ended_total{status=~"failed|closed_by_timeout"}[30m])) > 0',
        minutes=0,
        severity="ticket",
        summary="A schedule has no job for one of its times, or its job failed.",
        action="The gateways' logs tell which (`scheduled job`), GET /api/v1/schedules/{id}/runs why.",
        fault=_growing('graphferry_schedule_jobs_ended_total{status="failed"}', 1),
        sound={
            **_growing('graphferry_schedule_jobs_ended_total{status="closed"}', 1),
            **_growing('graphferry_schedule_runs_total{outcome="submitted"}', 1),
        },
    ),
    Alert(
        name="GraphferryInternalError",
        expression='increase(graphferry_jobs_ended_total{code="INTERNAL_ERROR"}[15m]) > 0',
        minutes=0,
        severity="ticket",
        summary="A job ended with an error that is a defect.",
        action="Keep the job's log and the worker's, and report it.",
        fault=_ended("INTERNAL_ERROR", 1),
        sound=_ended("INVALID_ARCHIVE", 1),
    ),
    Alert(
        name="GraphferryDatabaseUnavailable",
        expression='increase(graphferry_jobs_ended_total{code="DATABASE_UNAVAILABLE"}[15m]) > 0',
        minutes=0,
        severity="ticket",
        summary="Jobs fail because a database does not answer.",
        action="/readyz names the database.",
        fault=_ended("DATABASE_UNAVAILABLE", 1),
        sound=_ended("INVALID_ARCHIVE", 1),
    ),
    Alert(
        name="GraphferryVersionsDiffer",
        expression='increase(graphferry_jobs_ended_total{code="JOB_UNSUPPORTED"}[15m]) > 0',
        minutes=0,
        severity="ticket",
        summary="Jobs fail because no worker knows what they ask for.",
        action="Finish the upgrade: gateways are newer than workers.",
        fault=_ended("JOB_UNSUPPORTED", 1),
        sound=_ended("INVALID_ARCHIVE", 1),
    ),
    Alert(
        name="GraphferryJobsTimeOut",
        expression='increase(graphferry_jobs_ended_total{status="closed_by_timeout"}[1h]) > 0',
        minutes=0,
        severity="ticket",
        summary="Jobs reach their deadline.",
        action="Give them more time (GRAPHFERRY_DEADLINE_SECONDS, GRAPHFERRY_DEADLINES), or see why they are slow.",
        fault=_ended("", 1, "closed_by_timeout"),
        sound=_ended("", 1, "closed"),
    ),
    Alert(
        name="GraphferryWorkersLost",
        expression="max without (instance) "
        '(increase(graphferry_attempts_given_up_total{reason="worker_lost"}[30m])) > 2',
        minutes=0,
        severity="page",
        summary="Workers vanish while they work.",
        action="Look for kills by the system (memory) and for workers that lose the store.",
        fault=_growing('graphferry_attempts_given_up_total{reason="worker_lost"}', 1),
        sound=_growing('graphferry_attempts_given_up_total{reason="handed_off"}', 1),
    ),
    Alert(
        name="GraphferryVolumeFull",
        expression='graphferry_archives_volume_bytes{part="free"} / ignoring (part) '
        'graphferry_archives_volume_bytes{part="all"} < 0.1',
        minutes=5,
        severity="page",
        summary="Less than a tenth of the archives' volume is free.",
        action="Delete archives, or enlarge the volume; exports and uploads will fail with 507.",
        fault={
            **_steady('graphferry_archives_volume_bytes{part="all"}', 1000),
            **_steady('graphferry_archives_volume_bytes{part="free"}', 50),
        },
        sound={
            **_steady('graphferry_archives_volume_bytes{part="all"}', 1000),
            **_steady('graphferry_archives_volume_bytes{part="free"}', 500),
        },
    ),
    Alert(
        name="GraphferryVolumeFills",
        expression='predict_linear(graphferry_archives_volume_bytes{part="free"}[1h], 24 * 3600) < 0',
        minutes=15,
        severity="ticket",
        summary="The archives' volume will be full within a day.",
        action="Delete archives, or enlarge the volume.",
        fault={'graphferry_archives_volume_bytes{part="free"}': "1000-1x90"},
        sound=_steady('graphferry_archives_volume_bytes{part="free"}', 1000),
    ),
    Alert(
        name="GraphferryClockOdd",
        expression="abs(graphferry_worker_clock_ahead_seconds) > 5",
        minutes=5,
        severity="ticket",
        summary="A worker's clock differs from the store's.",
        action="Set its clock by NTP.",
        fault=_steady('graphferry_worker_clock_ahead_seconds{worker="one:1"}', 60),
        sound=_steady('graphferry_worker_clock_ahead_seconds{worker="one:1"}', 1),
    ),
    Alert(
        name="GraphferryLoopErrors",
        expression="increase(graphferry_loop_errors_total[15m]) > 5",
        minutes=5,
        severity="ticket",
        summary="A background loop fails again and again.",
        action="The process's log names the loop and the error.",
        fault=_growing('graphferry_loop_errors_total{loop="reaper"}', 1),
        sound=_steady('graphferry_loop_errors_total{loop="reaper"}', 1),
    ),
    Alert(
        name="GraphferryRequestsFail",
        expression='sum(rate(graphferry_requests_total{status=~"5.."}[10m]))'
        " / sum(rate(graphferry_requests_total[10m])) > 0.05",
        minutes=5,
        severity="page",
        summary="One request in twenty is answered with 5xx.",
        action="The gateway's log has each with its request id.",
        fault={
            **_growing('graphferry_requests_total{route="exports.create",method="POST",status="503"}', 10),
            **_growing('graphferry_requests_total{route="exports.create",method="POST",status="202"}', 90),
        },
        sound=_growing('graphferry_requests_total{route="exports.create",method="POST",status="202"}', 90),
    ),
    Alert(
        name="GraphferryRequestsSlow",
        expression="histogram_quantile(0.95, "
        'sum by (le) (rate(graphferry_request_seconds_bucket{route="jobs.get"}[10m]))) > 1',
        minutes=10,
        severity="ticket",
        summary="Asking how a job stands takes more than a second.",
        action="Look at Valkey's latency and the gateways' processors.",
        fault={
            **_steady('graphferry_request_seconds_bucket{route="jobs.get",le="1.0"}', 0),
            **_growing('graphferry_request_seconds_bucket{route="jobs.get",le="2.5"}', 60),
            **_growing('graphferry_request_seconds_bucket{route="jobs.get",le="+Inf"}', 60),
        },
        sound={
            **_growing('graphferry_request_seconds_bucket{route="jobs.get",le="1.0"}', 60),
            **_growing('graphferry_request_seconds_bucket{route="jobs.get",le="2.5"}', 60),
            **_growing('graphferry_request_seconds_bucket{route="jobs.get",le="+Inf"}', 60),
        },
    ),
    Alert(
        name="GraphferryLoginsRefused",
        expression='sum(rate(graphferry_requests_total{status=~"401|429"}[10m])) * 60 > 30',
        minutes=5,
        severity="ticket",
        summary="Many requests have bad credentials, or come too fast.",
        action="GET /api/v1/audit tells where from (`login`); a client may have an expired key.",
        fault=_growing('graphferry_requests_total{route="jobs.list",method="GET",status="401"}', 60),
        sound=_growing('graphferry_requests_total{route="jobs.list",method="GET",status="200"}', 60),
    ),
)
