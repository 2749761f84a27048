"""An application is deleted by a job."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.attempts.context import Context
from shared.concurrency.interruptions import JobCancelled
from shared.errors import DatabaseUnavailableError
from shared.jobs.record import Job, JobKind, Status
from shared.jobs.requests import DeleteRequest
from shared.jobs.summary_json import to_json
from tests.handlers.conftest import Bench
from tests.handlers.test_moves import seed


async def delete(bench: Bench, name: str = "App", version: str | None = None) -> Job:
    return await bench.mover.run(JobKind.DELETE, DeleteRequest(database="left", name=name, version=version))


async def test_it_goes_and_is_reported(bench: Bench) -> None:
    await seed(bench.left)
    await seed(bench.left, "Stays")
    before = await bench.left.count_everything()

    job = await delete(bench)

    assert (job.status, job.failure) == (Status.CLOSED, None)
    (told,) = to_json(job.summary)["applications"]
    assert (told["name"], told["version"], told["status"]) == ("App", "2.1.0", "deleted")
    assert (told["nodes"], told["relationships"]) == (5, 8)
    progress = job.progress
    assert (progress.nodes_done, progress.nodes_total) == (5, 5)
    assert (progress.relationships_done, progress.relationships_total) == (8, 8)
    assert [each.name for each in await bench.left.source.list_applications()] == ["Stays"]
    assert await bench.left.count_everything() == (before[0] - 6, before[1] - 8)


async def test_what_is_not_there_fails_the_job(bench: Bench) -> None:
    await seed(bench.left)
    before = await bench.left.count_everything()
    for name, version in (("Missing", None), ("App", "9.9.9")):
        job = await delete(bench, name, version)
        assert job.failure is not None
        assert (job.status, job.failure.code) == (Status.FAILED, "APPLICATION_UNKNOWN")
    assert await bench.left.count_everything() == before


@pytest.mark.parametrize("interruption", [JobCancelled(), DatabaseUnavailableError("away")])
async def test_stopped_before_its_point_of_no_return_it_leaves_everything(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, interruption: Exception
) -> None:
    await seed(bench.left)
    before = await bench.left.count_everything()

    async def stop(_: Any) -> None:
        raise interruption

    monkeypatch.setattr(Context, "pass_point_of_no_return", stop)
    job = await delete(bench)
    assert job.status in {Status.CANCELLED, Status.FAILED}
    assert to_json(job.summary).get("undone", {}).get("nodes_left") == 0
    assert await bench.left.count_everything() == before
