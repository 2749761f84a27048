"""The command line says what is left of a job that did not do what it should, and shows its receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import ImportRequest
from shared.jobs.summaries import Summary, UndoReport
from tests.gateway.dialects.native.test_jobs import submit
from tests.shared.cli.conftest import Desk

AT = datetime(2026, 1, 2, tzinfo=UTC)
UNDONE = UndoReport(nodes_removed=143_000, relationships_removed=7, nodes_left=0)
CLEAN = "143,000 nodes and 7 relationships removed, nothing of it is left in source."


async def cancelled(desk: Desk, **changes: Any) -> Job:
    request = ImportRequest(database="source", archive_name="MyApp.zip")
    job = replace(
        await submit(desk.world, user="admin"),
        kind=JobKind.IMPORT,
        request=request,
        status=Status.CANCELLED,
        started=AT,
        ended=AT,
        attempt=1,
    )
    job = replace(job, **changes)
    desk.world.jobs.jobs[job.id] = job
    return job


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"summary": Summary(undone=UNDONE)}, CLEAN),
        ({"summary": Summary(undone=replace(UNDONE, nodes_left=2))}, "2 nodes of it are still in source."),
        ({"started": None, "attempt": 0}, "It had not begun: nothing of it is in source."),
        ({}, "Whether anything of it is left in source is not known."),
        (
            {
                "summary": Summary(undone=UndoReport(nodes_removed=0, relationships_removed=0, nodes_left=0)),
                "attempt": 2,
            },
            "Nothing of it is left in source; what earlier attempts removed was not kept.",
        ),
    ],
)
async def test_the_end_is_told(desk: Desk, changes: dict[str, Any], told: str) -> None:
    job = await cancelled(desk, **changes)
    assert told in (await desk.as_("admin")("jobs", "show", job.id)).output
    assert told in (await desk.as_("admin")("jobs", "receipt", job.id)).output
    watched = await desk.as_("admin")("jobs", "watch", job.id)
    assert (watched.code, told in watched.messages) == (1, True)


async def test_a_receipt_is_shown_as_json_too(desk: Desk) -> None:
    job = await cancelled(desk, summary=Summary(undone=UNDONE))
    (receipt,) = (await desk.as_("admin")("jobs", "receipt", job.id, "--json")).lines
    assert (receipt["job"], receipt["left"], receipt["undone"]["nodes_removed"]) == (job.id, "nothing", 143_000)


async def test_a_job_under_way_has_none(desk: Desk) -> None:
    job = await submit(desk.world, user="admin")
    refused = await desk.as_("admin")("jobs", "receipt", job.id)
    assert (refused.code != 0, "its receipt is there once it has ended" in refused.messages) == (True, True)
