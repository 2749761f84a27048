"""Summaries that earlier versions wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from shared.jobs.record import Job, JobKind, Status, Surface
from shared.jobs.requests import ImportRequest

_RECORDED = Path(__file__).parents[1] / "data" / "summaries"


def read_recorded(name: str) -> Any:
    """Read JSON that an earlier version wrote, by its path in the folder."""
    return orjson.loads((_RECORDED / f"{name}.json").read_bytes())


def record_of(name: str, kind: JobKind = JobKind.IMPORT) -> Job:
    """Make the record of a closed job that told this."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Job(
        id="01a2038b-0f42-700b-b8a1-47b5e23c6bdf",
        tenant="acme",
        kind=kind,
        surface=Surface.NATIVE,
        database="left",
        created_by="user",
        request=ImportRequest(database="left", archive_name="out.zip"),
        status=Status.CLOSED,
        attempt=1,
        deadline_seconds=60,
        summary=read_recorded(f"records/{name}"),
        created=now,
        updated=now,
    )
