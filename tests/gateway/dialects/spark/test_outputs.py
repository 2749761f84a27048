"""The outputs of closed jobs, to the letter."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from gateway.dialects.spark.outputs import view_export_outputs, view_import_outputs
from shared.jobs.record import JobKind
from shared.jobs.summaries import ArchiveFacts, Summary
from tests.support.summaries import imported, read_recorded, record_of

URL = "https://x/file"


@pytest.mark.parametrize("name", ["added", "version_added", "dry_run", "foreign"])
def test_an_import_answers_as_ever(name: str) -> None:
    assert orjson.dumps(view_import_outputs(record_of(name))) == orjson.dumps(read_recorded(f"spark/{name}"))


def test_an_export_answers_as_ever() -> None:
    expected = read_recorded("spark/export")
    archive = ArchiveFacts(name="out.zip", bytes=1, sha256=expected["files"][0]["file_hash"])
    job = replace(record_of("export", JobKind.EXPORT), archive=archive)
    assert orjson.dumps(view_export_outputs(job, URL)) == orjson.dumps(expected)


def test_a_status_of_another_version_is_told_as_it_is() -> None:
    merged = replace(imported("Shop"), status="merged")
    told = view_import_outputs(replace(record_of("added"), summary=Summary(applications=(merged,))))
    assert [each["status"] for each in (*told["services"], *told["service_versions"])] == ["merged", "merged"]
