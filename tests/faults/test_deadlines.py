"""A job's time is limited, whatever becomes of its worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import uuid_utils

from shared.jobs import ApplicationReference, ExportRequest, ImportRequest, JobKind, JobRequest, NewJob, Surface
from shared.ports import WhenBusy
from shared.resources import open_job_store
from tests.faults.conftest import TWO_WORKERS
from tests.support.fault_stacks import DATABASE, Census, FaultStack, is_moving, paused

pytestmark = TWO_WORKERS

LIMIT_SECONDS = 3
LATE_SECONDS = 5.0
UNDONE_PER_SECOND = 50_000


async def submit(stack: FaultStack, request: JobRequest) -> str:
    """Submit as a gateway does whose setting is the limit."""
    job = NewJob(
        id=str(uuid_utils.uuid7()),
        tenant="acme",
        kind=JobKind.EXPORT if isinstance(request, ExportRequest) else JobKind.IMPORT,
        surface=Surface.SPARK,
        database=DATABASE,
        created_by="admin",
        request=request,
        deadline_seconds=LIMIT_SECONDS,
    )
    async with open_job_store(stack.settings) as jobs:
        return (await jobs.submit(job, when_busy=WhenBusy.QUEUE)).id


def make_request(kind: str, archive: str) -> JobRequest:
    if kind == "import":
        return ImportRequest(database=DATABASE, archive_name=archive, import_as="Copy", batch_size=20)
    applications = (ApplicationReference(name="Large"),)
    return ExportRequest(database=DATABASE, applications=applications, archive_name="a.zip", batch_size=1)


def seconds_between(job: dict[str, Any], first: str, last: str) -> float:
    return (datetime.fromisoformat(job[last]) - datetime.fromisoformat(job[first])).total_seconds()


def require_in_time(job: dict[str, Any]) -> None:
    assert job["status"] == "closed_by_timeout", job
    written = job["progress"]["nodes_done"] + job["progress"]["relationships_done"]
    took = seconds_between(job, "started", "ended")
    assert LIMIT_SECONDS <= took < LIMIT_SECONDS + LATE_SECONDS + written / UNDONE_PER_SECOND


@pytest.mark.parametrize("kind", ["export", "import"])
async def test_a_job_ends_at_its_limit_however_long_it_waited(
    stack: FaultStack, archive: str, census: Census, kind: str
) -> None:
    first = await submit(stack, make_request(kind, archive))
    second = await submit(stack, make_request(kind, archive))
    for job in (stack.wait_for_end(first), stack.wait_for_end(second)):
        require_in_time(job)
    assert seconds_between(stack.read(second), "created", "started") >= LIMIT_SECONDS
    assert stack.take_census() == census
    assert list(stack.client.folder().glob(".*")) == []


@pytest.mark.parametrize("kind", ["export", "import"])
async def test_a_job_whose_worker_is_dead_ends_at_its_limit(
    stack: FaultStack, archive: str, census: Census, kind: str
) -> None:
    job_id = await submit(stack, make_request(kind, archive))
    stack.wait(job_id, is_moving)
    with paused(stack.find_worker(job_id)):
        require_in_time(stack.wait_for_end(job_id))
    assert stack.take_census() == census
