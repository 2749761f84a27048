"""Which databases and applications a job is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.jobs.record import Job, JobKind, Status, Surface
from shared.jobs.requests import (
    ApplicationChoice,
    ApplicationReference,
    CopyRequest,
    DeleteRequest,
    ExportRequest,
    ImportRequest,
    InspectRequest,
    JobRequest,
)
from shared.jobs.summaries import Summary
from shared.jobs.summary_json import from_json
from shared.jobs.touched import is_about_application, is_about_database, may_touch
from tests.support.summaries import exported, imported

CHOICE = ApplicationChoice(source_name="App", name="Copy")
EXPORT = ExportRequest(
    database="a",
    applications=(ApplicationReference(name="App"), ApplicationReference(name="Lib", database="b")),
    archive_name="x.zip",
)
IMPORT = ImportRequest(database="a", archive_name="x.zip")
COPY = CopyRequest(from_database="b", to_database="a", choices=(CHOICE,))
DELETE = DeleteRequest(database="a", name="App")
INSPECT = InspectRequest(database="a", archive_name="x.zip")


def job_of(request: JobRequest) -> Job:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Job(
        id="1",
        tenant="acme",
        kind=JobKind.EXPORT,
        surface=Surface.NATIVE,
        database=request.database,
        created_by="ann",
        request=request,
        status=Status.CREATED,
        attempt=0,
        deadline_seconds=1,
        created=now,
        updated=now,
    )


@pytest.mark.parametrize(
    ("request_", "databases"),
    [(EXPORT, {"a", "b"}), (IMPORT, {"a"}), (COPY, {"a", "b"}), (DELETE, {"a"}), (INSPECT, {"a"})],
)
def test_databases(request_: JobRequest, databases: set[str]) -> None:
    assert {name for name in ("a", "b", "c") if is_about_database(job_of(request_), name)} == databases


@pytest.mark.parametrize(
    ("request_", "named", "touched"),
    [
        (EXPORT, {"App", "Lib"}, {"App", "Lib"}),
        (IMPORT, set(), {"App", "Lib", "Copy"}),
        (replace(IMPORT, import_as="Copy"), {"Copy"}, {"Copy"}),
        (replace(IMPORT, choices=(CHOICE,)), {"App", "Copy"}, {"Copy"}),
        (COPY, {"App", "Copy"}, {"Copy"}),
        (DELETE, {"App"}, {"App"}),
        (INSPECT, set(), set()),
    ],
)
def test_applications(request_: JobRequest, named: set[str], touched: set[str]) -> None:
    names = ("App", "Lib", "Copy")
    assert {name for name in names if is_about_application(job_of(request_), name)} == named
    assert {name for name in names if may_touch(request_, name)} == touched


def test_what_a_job_tells_counts_too() -> None:
    summary = Summary(applications=(imported("Copy", source_name="App"), exported("Tool")))
    job = replace(job_of(IMPORT), summary=summary)
    assert [is_about_application(job, name) for name in ("App", "Copy", "Tool", "Lib")] == [True, True, True, False]


def test_what_another_version_tells_counts_by_its_names() -> None:
    told = [{"name": "Copy", "more": 1}, {"source_name": "App", "name": 3}, {}]
    job = replace(job_of(IMPORT), summary=from_json({"applications": told}))
    assert [is_about_application(job, name) for name in ("Copy", "App", "Lib")] == [True, True, False]
