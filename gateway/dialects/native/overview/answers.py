"""The answer that tells how everything is doing."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time


class WorkerAnswer(TypedDict):
    """A worker, with the job that it does for this tenant."""

    id: str
    host: str
    pid: int
    started: Time | None
    heartbeat: Time | None
    job_id: str | None


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
