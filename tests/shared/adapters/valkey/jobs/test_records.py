"""What a record holds of a job's summary."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from shared.adapters.valkey.jobs.records import format_outcome, parse_job
from shared.jobs.record import Outcome, Status
from shared.jobs.summaries import Summary
from shared.jobs.summary_json import from_json, to_json
from tests.support.summaries import read_recorded

FIELDS = {
    "id": "01a2038b-0f42-700b-b8a1-47b5e23c6bdf",
    "tenant": "acme",
    "kind": "import",
    "surface": "native",
    "database": "right",
    "created_by": "ann",
    "request": '{"database":"right","archive_name":"out.zip"}',
    "status": "closed",
    "attempt": "1",
    "crashes": "0",
    "fence": "7",
    "deadline_seconds": "60",
    "phase": "ended",
    "created": "1760000000000",
    "updated": "1760000000000",
}


def written(summary: Summary) -> str:
    flat = format_outcome(Outcome(status=Status.CLOSED, summary=summary))
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    assert list(fields) == ["summary"]
    return str(fields["summary"])


@pytest.mark.parametrize("name", ["export", "added", "replaced", "dry_run", "deletion", "copy", "cancelled_import"])
def test_a_record_of_before_is_written_again_byte_by_byte(name: str) -> None:
    text = orjson.dumps(read_recorded(f"records/{name}")).decode()
    job = parse_job({**FIELDS, "summary": text})
    assert job.summary.unknown == {}
    assert written(job.summary) == text


def test_a_job_that_has_told_nothing_writes_an_empty_object() -> None:
    assert parse_job(FIELDS).summary == parse_job({**FIELDS, "summary": "{}"}).summary == Summary()
    assert written(Summary()) == "{}"


def test_what_a_newer_version_wrote_is_kept() -> None:
    newer: dict[str, Any] = {**read_recorded("records/added"), "more": {"key": [1]}}
    newer["references"]["more"] = None
    job = parse_job({**FIELDS, "summary": orjson.dumps(newer).decode()})
    assert job.summary.applications == from_json(read_recorded("records/added")).applications
    assert orjson.loads(written(job.summary)) == to_json(job.summary) == newer
