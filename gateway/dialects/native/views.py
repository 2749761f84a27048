"""The answers of the native surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from gateway.caller import Caller
from gateway.error_facts import ErrorBody, ErrorFacts
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry
from shared.identity import Principal
from shared.jobs import ArchiveFacts, Cancellation, Job, Progress
from shared.logs import log_name
from shared.ports.archives import StoredArchive
from shared.ports.jobs import JobPage


def form_problem(facts: ErrorFacts) -> ErrorBody:
    """Return an error as problem details (RFC 9457)."""
    content = {
        "type": f"urn:graphferry:error:{facts.code}",
        "title": HTTPStatus(facts.status).phrase,
        "status": facts.status,
        "detail": facts.message,
        "code": facts.code,
        "details": list(facts.details),
        "request_id": facts.request_id,
    }
    return ErrorBody(content=content, content_type="application/problem+json")


def view_time(time: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC, to the millisecond."""
    return None if time is None else time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def view_job(job: Job) -> Mapping[str, Any]:
    """Return the public fields of the record."""
    return {
        "id": job.id,
        "kind": job.kind,
        "surface": job.surface,
        "status": job.status,
        "phase": job.progress.phase,
        "progress": _view_progress(job.progress),
        "archive": job.archive,
        "summary": job.summary,
        "failure": job.failure,
        "created": view_time(job.created),
        "started": view_time(job.started),
        "updated": view_time(job.updated),
        "ended": view_time(job.ended),
        "attempt": job.attempt,
        "crashes": job.crashes,
        "database": job.database,
        "created_by": job.created_by,
        "request": job.request,
        "cancel": None if job.cancel is None else _view_cancellation(job.cancel),
        "source_system": job.source_system,
        "correlation_id": job.correlation_id,
        "log": log_name(job.id),
    }


def _view_progress(progress: Progress) -> Mapping[str, Any]:
    return {
        "nodes_done": progress.nodes_done,
        "nodes_total": progress.nodes_total,
        "relationships_done": progress.relationships_done,
        "relationships_total": progress.relationships_total,
        "bytes_done": progress.bytes_done,
    }


def _view_cancellation(cancel: Cancellation) -> Mapping[str, Any]:
    return {"reason": cancel.reason, "by": cancel.by, "at": view_time(cancel.at)}


def view_jobs(page: JobPage) -> Mapping[str, Any]:
    """Return a part of a listing."""
    return {"jobs": [view_job(job) for job in page.jobs], "next_cursor": page.next_cursor}


def view_archives(archives: Sequence[StoredArchive]) -> Mapping[str, Any]:
    """Return the listing of archives."""
    return {
        "archives": [
            {"name": each.name, "bytes": each.bytes, "modified": view_time(each.modified)} for each in archives
        ]
    }


def view_archive(archive: ArchiveFacts) -> Mapping[str, Any]:
    """Return an archive just received."""
    return asdict(archive)


def view_databases(names: Sequence[str]) -> Mapping[str, Any]:
    """Return the tenant's databases."""
    return {"databases": [{"name": name} for name in names]}


def view_applications(database: str, entries: Sequence[CatalogueEntry]) -> Mapping[str, Any]:
    """Return the catalogue of a database."""
    return {"database": database, "applications": [_view_application(entry) for entry in entries]}


def _view_application(entry: CatalogueEntry) -> Mapping[str, Any]:
    return {
        "name": entry.name,
        "version": entry.version or DEFAULT_VERSION,
        "kind": entry.kind,
        "label": entry.label,
        "service_id": entry.service_id,
        "version_id": entry.version_id,
    }


def view_me(principal: Principal, caller: Caller | None, databases: Sequence[str]) -> Mapping[str, Any]:
    """Return who the caller is; without a tenant where none is named."""
    return {
        "user": principal.user,
        "tenant": None if caller is None else caller.tenant,
        "roles": sorted(principal.roles),
        "databases": list(databases),
    }
