"""A lost answer never makes two jobs, and what may pass is tried again."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.jobs.record import JobKind, Outcome, Status
from shared.jobs.requests import CopyRequest
from shared.jobs.summaries import ApplicationStatus, JoinForecast, Summary
from tests.shared.cli.conftest import Desk
from tests.support.archives.small import make_archive
from tests.support.faults.cutting_proxy import Cut
from tests.support.summaries import imported

ARCHIVE = make_archive("MyApp")
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


async def test_two_commands_with_one_key_are_one_job(desk: Desk) -> None:
    admin = desk.as_("admin")
    for words in ((*EXPORT,), ("copy", "source", "target", "MyApp")):
        first, again = [await admin(*words, "--no-wait", "--idempotency-key", words[0]) for _ in range(2)]
        assert (first.code, again) == (0, first)
    assert [job.kind for job in desk.jobs] == [JobKind.EXPORT, JobKind.COPY]
    other = await admin("export", "Other", "--database", "source", "--no-wait", "--idempotency-key", "export")
    assert (other.code, other.output) == (1, "")
    assert desk.jobs[0].id in other.messages


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.CLOSED_BY_TIMEOUT])
async def test_a_command_with_the_key_of_one_that_failed_tries_its_job_again(desk: Desk, status: Status) -> None:
    words = (*EXPORT, "--no-wait", "--idempotency-key", "run-7")
    for tries in (1, 2, 3):
        for _ in range(2):
            assert (await desk.as_("admin")(*words)).output == f"{desk.jobs[-1].id}\n"
            assert len(desk.jobs) == tries
        await desk.end(desk.jobs[-1], Outcome(status=status))
    assert [job.retry_of for job in desk.jobs] == [None, *(job.id for job in desk.jobs[:-1])]


async def test_an_import_with_the_key_of_one_before_goes_on_with_its_job(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(ARCHIVE)
    desk.world.archives.put("acme", "a.zip", ARCHIVE)
    words = ("import", str(file), "--database", "target", "--no-wait", "--idempotency-key", "run-7")
    first, again = [await desk.as_("admin")(*words) for _ in range(2)]
    assert (first.code, again.code, again.output) == (0, 0, first.output)
    assert len(desk.jobs) == 1


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
    assert request.database == "source"  # type: ignore[union-attr]
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


async def test_a_busy_tenant_is_11_for_who_does_not_queue(desk: Desk) -> None:
    admin = desk.as_("admin")
    assert (await admin(*EXPORT, "--no-wait", "--no-queue")).code == 0
    (running,) = desk.jobs
    ending = await admin(*EXPORT, "--no-wait", "--no-queue")
    assert (ending.code, ending.output) == (11, "")
    assert running.id in ending.messages
    assert len(desk.jobs) == 1


async def test_a_job_waits_for_those_that_it_depends_on(desk: Desk) -> None:
    admin = desk.as_("admin")
    first = (await admin(*EXPORT, "--no-wait")).output.strip()
    assert (await admin("export", "--depends-on", first, "MyApp", "--database", "source", "--no-wait")).code == 0
    assert desk.jobs[-1].depends_on == (first,)
    (shown,) = (await admin("jobs", "show", desk.jobs[-1].id, "--json")).lines
    assert shown["depends_on"] == [first]


async def test_a_copy_says_what_it_takes_where(desk: Desk) -> None:
    words = ("copy", "source", "target", "MyApp", "--as", "Mine", "--on-conflict", "add_version", "--dry-run")
    ending = await desk.as_("admin")(*words, "--version-step", "major", "--no-wait")
    (job,) = desk.jobs
    assert (ending.code, ending.output) == (0, f"{job.id}\n")
    request = job.request
    assert isinstance(request, CopyRequest)
    assert (request.from_database, request.to_database, request.dry_run) == ("source", "target", True)
    (choice,) = request.choices
    assert (choice.source_name, choice.name) == ("MyApp", "Mine")
    assert (choice.on_conflict, choice.version_step) == ("add_version", "major")


async def test_a_dry_run_that_foresees_a_conflict_is_1(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin("copy", "source", "target", "MyApp", "--dry-run", "--no-wait")
    (job,) = desk.jobs
    application = imported("MyApp", status=ApplicationStatus.CONFLICT)
    await desk.end(job, Outcome(status=Status.CLOSED, summary=Summary(dry_run=True, applications=(application,))))
    ending = await admin("jobs", "watch", job.id)
    assert ending.code == 1
    assert "conflict" in ending.output


async def test_a_dry_run_that_foresees_taken_keys_is_1(desk: Desk) -> None:
    admin = desk.as_("admin")
    labels = ("--join-labels", "Type", "--join-labels", "Kind")
    await admin("copy", "source", "target", "MyApp", *labels, "--dry-run", "--no-wait")
    (job,) = desk.jobs
    assert isinstance(job.request, CopyRequest)
    assert job.request.join_labels == ("Type", "Kind")
    joins = JoinForecast(joined=2, unmarked=1, refused=3, listed=())
    summary = Summary(dry_run=True, applications=(imported("MyApp"),), joins=joins)
    await desk.end(job, Outcome(status=Status.CLOSED, summary=summary))
    ending = await admin("jobs", "watch", job.id)
    assert ending.code == 1
    assert "2 nodes would be joined" in ending.messages
    assert "3 nodes have keys that are taken" in ending.messages


async def test_jobs_are_listed_page_by_page_and_filtered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.cli.job_ids._PAGE", 2)
    admin = desk.as_("admin")
    for _ in range(5):
        await admin(*EXPORT, "--no-wait")
    newest_first = [job.id for job in reversed(desk.jobs)]
    listed = (await admin("jobs", "list", "--json")).lines
    assert [each["id"] for each in listed] == newest_first
    listed = (await admin("jobs", "list", "--limit", "3", "--json")).lines
    assert [each["id"] for each in listed] == newest_first[:3]
    assert (await admin("jobs", "list", "--kind", "import", "delete", "--json")).lines == []
    assert (await admin("jobs", "list", "--database", "target", "--json")).lines == []
    assert len((await admin("jobs", "list", "--application", "MyApp", "--after", "2026-01-01", "--json")).lines) == 5
    assert (await admin("jobs", "list", "--before", "2026-01-01T00:00:00", "--json")).lines == []


async def test_applications_are_listed_counted_shown_and_deleted(desk: Desk) -> None:
    admin = desk.as_("admin")
    (listed,) = (await admin("applications", "list", "--database", "source", "--counts", "--json")).lines
    assert (listed["database"], listed["name"], listed["nodes"]) == ("source", "MyApp", 1)
    shown = await admin("applications", "show", "MyApp", "--database", "source")
    assert shown.code == 0
    assert "Object" in shown.output
    ending = await admin("applications", "delete", "MyApp", "--database", "source", "--yes", "--no-wait")
    (job,) = desk.jobs
    assert (ending.code, ending.output, job.kind) == (0, f"{job.id}\n", JobKind.DELETE)
