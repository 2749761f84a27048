"""An audit log in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.errors import InvalidRequestError
from shared.ports.audit import AuditEntry, AuditPage, AuditRecord


@dataclass(slots=True)
class MemoryAudit:
    entries: list[AuditEntry] = field(default_factory=list)

    async def append(self, entry: AuditEntry) -> None:
        self.entries.append(entry)

    async def list(self, tenant: str | None, *, cursor: str | None = None, limit: int = 100) -> AuditPage:
        if cursor is not None and not cursor.isdecimal():
            raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave.")
        end = len(self.entries) if cursor is None else int(cursor)
        found = [
            AuditRecord(id=str(at), time=datetime.now(UTC), entry=entry)
            for at, entry in enumerate(self.entries)
            if at < end and tenant in (None, entry.tenant)
        ][::-1]
        return AuditPage(records=found[:limit], next_cursor=found[limit - 1].id if len(found) > limit else None)
