"""A lost answer never makes two jobs, and what may pass is tried again."""

from __future__ import annotations

import pytest

from shared.jobs import JobKind, Outcome, Status
from tests.shared.cli.conftest import Desk
from tests.support.cutting_proxy import Cut

EXPORT = ("export", "MyApp", "--database", "source")


@pytest.mark.parametrize("answered", [0, 40])
async def test_a_lost_answer_makes_one_job(desk: Desk, answered: int) -> None:
    desk.proxy.cuts = [Cut(request="POST /api/v1/exports", answered=answered)] * 2
    ending = await desk.as_("admin")(*EXPORT, "--no-wait")
    (job,) = desk.jobs
    assert (ending.code, ending.output) == (0, f"{job.id}\n")
    assert [each.split()[0] for each in desk.proxy.requests].count("POST") == 3


async def test_two_commands_are_two_jobs(desk: Desk) -> None:
    for _ in range(2):
        assert (await desk.as_("admin")(*EXPORT, "--no-wait")).code == 0
    assert [job.kind for job in desk.jobs] == [JobKind.EXPORT] * 2


async def test_what_stays_away_ends_with_5(desk: Desk) -> None:
    desk.proxy.cuts = [Cut(request="POST /api/v1/exports", sent=10)] * 9
    ending = await desk.as_("admin")(*EXPORT, "--no-wait")
    assert (ending.code, ending.output) == (5, "")
    assert len(desk.proxy.cuts) == 4


async def test_an_archive_deleted_by_a_lost_answer_is_deleted(desk: Desk) -> None:
    desk.world.archives.put("acme", "a.zip", b"PK")
    desk.proxy.cuts = [Cut(request="DELETE /api/v1/archives/a.zip")]
    ending = await desk.as_("admin")("archives", "delete", "a.zip", "--yes")
    assert (ending.code, ending.output) == (0, "a.zip\n")


async def test_the_tenants_only_database_needs_no_name(desk: Desk) -> None:
    ending = await desk.as_("admin")("export", "MyApp", "--no-wait")
    assert ending.code == 2
    assert "source, target" in ending.messages
    assert desk.jobs == []
    ending = await desk.as_("stranger")("export", "MyApp", "--no-wait")
    assert ending.code == 1
    assert "'private'" in ending.messages


async def test_what_a_command_says_is_what_the_job_is_asked_for(desk: Desk) -> None:
    more = ("--version", "2.1.0", "--strip-secured", "--batch-size", "7", "--file-filter", "onpremises")
    assert (await desk.as_("admin")(*EXPORT, *more, "--file-name", "x.zip", "--no-wait")).code == 0
    (job,) = desk.jobs
    request = job.request
    assert request.database == "source"
    assert [(each.name, each.version) for each in request.applications] == [("MyApp", "2.1.0")]  # type: ignore[union-attr]
    assert (request.strip_secured, request.batch_size) == (True, 7)  # type: ignore[union-attr]
    assert (request.file_filter, request.archive_name) == ("onpremises", "x.zip")  # type: ignore[union-attr]


async def test_a_failed_job_is_tried_again(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin(*EXPORT, "--no-wait")
    (first,) = desk.jobs
    assert (await admin("jobs", "retry", first.id, "--no-wait")).code == 1
    await desk.end(first, Outcome(status=Status.FAILED))
    ending = await admin("jobs", "retry", first.id, "--no-wait")
    assert ending.code == 0
    assert ending.output.strip() == desk.jobs[-1].id != first.id


async def test_jobs_are_cancelled_with_a_reason(desk: Desk) -> None:
    admin = desk.as_("admin")
    for _ in range(2):
        await admin(*EXPORT, "--no-wait")
    running, waiting = desk.jobs
    ending = await admin("jobs", "cancel", waiting.id, running.id, "--reason", "wrong one", "--json")
    assert ending.code == 0
    assert [line["status"] for line in ending.lines] == ["cancelled", "cancelled"]
    assert {job.cancel.reason for job in desk.jobs if job.cancel} == {"wrong one"}
