"""Jobs of a later version are shown by the command line, and followed to their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.jobs.record import Job, JobKind, Phase, Progress, Status, Surface, read_word
from shared.jobs.requests import UnknownRequest
from tests.gateway.dialects.native.test_jobs import submit
from tests.shared.cli.conftest import Desk


async def submit_later(desk: Desk, **changes: Any) -> Job:
    """Submit a job, and let its record be of a later version."""
    job = replace(
        await submit(desk.world),
        kind=read_word(JobKind, "mirror"),
        surface=read_word(Surface, "graphql"),
        status=read_word(Status, "paused"),
        progress=Progress(phase=read_word(Phase, "dreaming")),
        request=UnknownRequest(content=["MyApp"]),
        unknown={"progress": {"labels_done": 4}},
        **changes,
    )
    desk.world.jobs.jobs[job.id] = job
    return job


async def test_they_are_listed_and_shown(desk: Desk) -> None:
    neighbour, job = await submit(desk.world), await submit_later(desk)
    listed = await desk.as_("admin")("jobs", "list")
    assert listed.code == 0
    assert [each in listed.output for each in (neighbour.id, job.id, "mirror", "paused")] == [True] * 4
    shown = await desk.as_("admin")("jobs", "show", job.id)
    assert [each in shown.output for each in ("mirror", "paused", "dreaming")] == [True] * 3
    (record,) = (await desk.as_("admin")("jobs", "show", job.id, "--json")).lines
    assert (record["request"], record["progress"]["labels_done"]) == (["MyApp"], 4)


@pytest.mark.parametrize("follows", ["jobs watch", "jobs log --follow"])
async def test_one_that_has_ended_in_an_unknown_way_is_not_waited_for(desk: Desk, follows: str) -> None:
    job = await submit_later(desk, ended=datetime(2026, 1, 2, tzinfo=UTC))
    ending = await desk.as_("admin")(*follows.split(), job.id)
    if follows == "jobs watch":
        assert (ending.code, f"{job.id} ended as paused." in ending.messages) == (1, True)
