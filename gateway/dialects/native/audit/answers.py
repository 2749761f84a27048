"""The answer that lists the audit log, and the functions that make it."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.ports.audit import AuditPage, AuditRecord


class AuditEntryAnswer(TypedDict):
    """One attempt to change something, to take an archive, or to be let in."""

    time: Time | None
    action: str
    user: str
    tenant: str
    address: str
    target: str
    surface: str
    request_id: str
    status: int
    code: str


class AuditAnswer(TypedDict):
    """A page of the log, newest first."""

    entries: list[AuditEntryAnswer]
    next_cursor: str | None


def view_audit(page: AuditPage) -> AuditAnswer:
    """Return a page."""
    return {"entries": [_view_record(each) for each in page.records], "next_cursor": page.next_cursor}


def _view_record(record: AuditRecord) -> AuditEntryAnswer:
    entry = record.entry
    return {
        "time": view_time(record.time),
        "action": entry.action,
        "user": entry.user,
        "tenant": entry.tenant,
        "address": entry.address,
        "target": entry.target,
        "surface": entry.surface,
        "request_id": entry.request_id,
        "status": entry.status,
        "code": entry.code,
    }
