"""A worker leaves a job of a later version to others; where none comes, the job fails and the next one starts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from handlers.attempts import endings
from handlers.attempts.context import Context
from shared.jobs.record import MAX_UNKNOWN_TO, Job, Outcome, Status
from tests.handlers.worker.test_worker import open_worker
from tests.support.later_records import LATER


@pytest.mark.parametrize("name", ["kind", "option", "nested option", "request that is no JSON", "submitter"])
async def test_it_fails_after_three_and_the_next_job_starts(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(endings, "UNKNOWN_PAUSE_SECONDS", 0.05)
    written, ran = asyncio.Event(), []

    async def run(job: Job, _: Context) -> Outcome:
        ran.append(job.id)
        await written.wait()
        return Outcome(status=Status.CLOSED)

    async with open_worker(valkey_url, tmp_path, run) as process:
        holder, job, behind = [await process.submit() for _ in range(3)]
        elsewhere = await process.submit(tenant="globex")
        await LATER[name].write(process.rig.client, process.rig.namespace, job.id)
        written.set()
        failed = await process.wait_for_end(job)
        others = [await process.wait_for_end(each) for each in (holder, behind, elsewhere)]
    assert {each.status for each in others} == {Status.CLOSED}
    assert job.id not in ran
    assert failed.failure is not None
    assert (failed.status, failed.failure.code, failed.failure.details) == (
        Status.FAILED,
        "JOB_UNSUPPORTED",
        LATER[name].unknown,
    )
    assert (failed.attempt, failed.crashes) == (MAX_UNKNOWN_TO, 0)
