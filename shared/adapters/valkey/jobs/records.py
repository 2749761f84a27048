"""The job record between its dataclass and its hash.

What scripts compare is a field of its own, and times are milliseconds; what they only carry is JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from shared.adapters.valkey.jobs.forms import PARTS, REQUESTS, TIMES, parse_time, read_plain
from shared.adapters.valkey.jobs.later import read_later
from shared.adapters.valkey.moments import from_ms
from shared.jobs.record import Cancellation, Job, JobKind, NewJob, Outcome, Phase, Progress, Status, Surface
from shared.jobs.summary_json import from_json, to_json
from shared.ports.jobs import WorkerFacts
from shared.trace_context import format_parent

_RECORDS_REMEMBERED = 256
"""Parsed records: whoever polls mostly gets the same text again, and parsing costs more than asking for it."""

_NOT_KNOWN = (ValueError, TypeError, LookupError, OverflowError, OSError)
"""What reading a record raises that is not wholly known here."""


def format_new_job(job: NewJob) -> Sequence[str | int]:
    """Give the fields that a submission writes, flat: field, value, ….

    Raises: KeyError for a kind that has no request here.
    """
    fields = {
        "id": job.id,
        "tenant": job.tenant,
        "kind": job.kind.value,
        "surface": job.surface.value,
        "database": job.database,
        "created_by": job.created_by,
        "request": REQUESTS[job.kind].dump_json(job.request).decode(),
        "deadline_seconds": job.deadline_seconds,
        "source_system": job.source_system,
        "correlation_id": job.correlation_id,
        "idempotency_key": job.idempotency_key,
        "request_digest": job.request_digest,
        "submitter": None if job.submitter is None else _dump(job.submitter),
        "archive_identity": None if job.archive_identity is None else _dump(job.archive_identity),
        "retry_of": job.retry_of,
        "depends_on": _dump(job.depends_on) if job.depends_on else None,
        "traceparent": None if job.trace is None else format_parent(job.trace),
        "webhook": None if job.webhook is None else _dump(job.webhook),
        "tracestate": (job.trace.state or None) if job.trace is not None else None,
    }
    return _flatten(fields)


def format_outcome(outcome: Outcome) -> Sequence[str | int]:
    """Give the fields that an ending writes, flat."""
    fields = {
        "summary": _dump(to_json(outcome.summary)),
        "archive": None if outcome.archive is None else _dump(outcome.archive),
        "failure": None if outcome.failure is None else _dump(outcome.failure),
        "counts": None if outcome.progress is None else format_counts(outcome.progress),
        "report": outcome.report,
    }
    return _flatten(fields)


def format_counts(progress: Progress) -> str:
    """Give progress as JSON."""
    return _dump(progress)


def format_cancellation(cancellation: Cancellation) -> str:
    """Give a cancellation as JSON."""
    return _dump(cancellation)


def parse_answer(flat: Sequence[str]) -> Job:
    """Read a record as scripts answer it: field, value, …."""
    return _parse_flat(tuple(flat))


@lru_cache(maxsize=_RECORDS_REMEMBERED)
def _parse_flat(flat: tuple[str, ...]) -> Job:
    return parse_job(dict(zip(flat[::2], flat[1::2], strict=True)))


def parse_job(fields: Mapping[str, str]) -> Job:
    """Read a record from its hash, also one of a later version: one record must never hide the others."""
    try:
        return _parse_known(fields)
    except _NOT_KNOWN:
        return read_later(fields)


def _parse_known(fields: Mapping[str, str]) -> Job:
    """Read a record of which everything is known. Raises: _NOT_KNOWN."""
    kind = JobKind(fields["kind"])
    return Job(
        id=fields["id"],
        tenant=fields["tenant"],
        kind=kind,
        surface=Surface(fields["surface"]),
        database=fields["database"],
        created_by=fields["created_by"],
        request=REQUESTS[kind].validate_json(fields["request"], extra="forbid"),
        status=Status(fields["status"]),
        attempt=int(fields["attempt"]),
        crashes=int(fields["crashes"]),
        unknown_to=int(fields.get("unknown_to", 0)),
        fence=int(fields["fence"]),
        deadline_seconds=int(fields["deadline_seconds"]),
        progress=_parse_progress(fields),
        summary=from_json(orjson.loads(fields.get("summary", "{}"))),
        depends_on=tuple(orjson.loads(fields.get("depends_on", "[]"))),
        **read_plain(fields),
        **_parse_times(fields),
        **_parse_parts(fields),
    )


def make_worker(name: str, seen: str, started: str, job_id: str, tenant: str, ahead: str, draining: str) -> WorkerFacts:
    """Read what the store knows of a worker."""
    return WorkerFacts(
        name=name,
        seen=from_ms(seen),
        started=from_ms(started),
        job_id=job_id or None,
        tenant=tenant or None,
        clock_ahead=int(ahead) / 1000,
        is_draining=draining == "1",
    )


def _parse_progress(fields: Mapping[str, str]) -> Progress:
    # Scripts move the phase without touching the counts.
    counts = orjson.loads(fields.get("counts", "{}"))
    return Progress(**{**counts, "phase": Phase(fields["phase"])})


def _parse_times(fields: Mapping[str, str]) -> Mapping[str, Any]:
    return {name: parse_time(fields[name]) for name in TIMES if name in fields}


def _parse_parts(fields: Mapping[str, str]) -> Mapping[str, Any]:
    return {name: form.validate_json(fields[name], extra="forbid") for name, form in PARTS.items() if name in fields}


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()


def _flatten(fields: Mapping[str, str | int | None]) -> Sequence[str | int]:
    return [part for name, value in fields.items() if value is not None for part in (name, value)]
