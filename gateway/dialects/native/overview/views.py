"""How workers and queue are shown."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bodies.times import view_time
from gateway.dialects.native.overview.answers import MinuteAnswer, OverviewAnswer, WorkerAnswer
from shared.jobs.record import Job
from shared.ports.jobs import Minute, WorkerFacts


def view_overview(
    tenant: str, workers: Sequence[WorkerFacts], running: Job | None, waiting: Sequence[Job], minutes: Sequence[Minute]
) -> OverviewAnswer:
    """Return how everything is doing, as far as it is the tenant's."""
    return {
        "workers": [_view_worker(each, tenant) for each in workers],
        "queue": {"running": 0 if running is None else 1, "waiting": len(waiting)},
        "throughput": [_view_minute(each) for each in minutes],
    }


def _view_worker(worker: WorkerFacts, tenant: str) -> WorkerAnswer:
    host, _, pid = worker.name.rpartition(":")
    return {
        "id": worker.name,
        "host": host,
        "pid": int(pid),
        "started": view_time(worker.started),
        "heartbeat": view_time(worker.seen),
        # Workers serve all tenants; what one does for another is nobody else's.
        "job_id": worker.job_id if worker.tenant == tenant else None,
    }


def _view_minute(minute: Minute) -> MinuteAnswer:
    return {
        "time": view_time(minute.time),
        "elements": minute.elements,
        "jobs_ended": minute.jobs_ended,
        "waiting": minute.waiting,
        "running": minute.running,
    }
