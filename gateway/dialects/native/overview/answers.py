"""The answer that tells how everything is doing, and the functions that make it."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.jobs.record import Job
from shared.ports.jobs import Minute, WorkerFacts


class WorkerAnswer(TypedDict):
    """A worker, with the job that it does for this tenant."""

    id: str
    host: str
    pid: int
    started: Time | None
    heartbeat: Time | None
    job_id: str | None
    draining: bool


class QueueAnswer(TypedDict):
    """The tenant's jobs that have not ended."""

    running: int
    waiting: int


class MinuteAnswer(TypedDict):
    """What was done within a minute."""

    time: Time | None
    elements: int
    jobs_ended: int
    waiting: int
    running: int


class OverviewAnswer(TypedDict):
    """How everything is doing."""

    workers: list[WorkerAnswer]
    queue: QueueAnswer
    throughput: list[MinuteAnswer]


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
        "draining": worker.is_draining,
    }


def _view_minute(minute: Minute) -> MinuteAnswer:
    return {
        "time": view_time(minute.time),
        "elements": minute.elements,
        "jobs_ended": minute.jobs_ended,
        "waiting": minute.waiting,
        "running": minute.running,
    }
