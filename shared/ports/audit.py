"""The port of the audit log: who changed what, refused attempts too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

import structlog

from shared.errors import StoreUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One attempt to change something, to take an archive, or to be let in. No value of a property is in it."""

    action: str
    """What the request was for, as the table of routes calls it; `login` for one that was not let in."""
    user: str
    """Empty: nobody was let in, or nobody asked for it."""
    tenant: str
    """The one that the caller acted for; empty: none."""
    address: str
    """Where it came from; empty where that is not known."""
    target: str
    """What the path or the answer names: `tenant=acme user=ann`, or where what was made is."""
    surface: str
    """`retention`, `receiver`: nobody asked for it; the tenant's limits did, or who is sent its webhook."""
    request_id: str
    status: int
    """Of the answer; of the receiver's, where that led to it."""
    code: str
    """Of the error; empty: it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """An entry as it was kept."""

    id: str
    time: datetime
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some records, newest first."""

    records: Sequence[AuditRecord]
    next_cursor: str | None
    """Where the next page begins; None: there is none."""


class AuditLog(Protocol):
    """Keeps entries for some days. None is ever changed."""

    async def append(self, entry: AuditEntry) -> None:
        """Keep an entry. Raises: StoreUnavailableError."""
        ...

    async def list(self, tenant: str | None, *, cursor: str | None = None, limit: int = 100) -> AuditPage:
        """List those of a tenant, or all, newest first.

        Raises: InvalidRequestError for a cursor that no page gave, StoreUnavailableError.
        """
        ...


async def keep_entry(log: AuditLog, entry: AuditEntry) -> bool:
    """Keep the entry of what is done already; return whether the store took it. Else the process's own log tells it."""
    try:
        await log.append(entry)
    except StoreUnavailableError as error:
        lost = structlog.get_logger("audit")
        lost.warning("audit entry not kept by the store", reason=error.message, **asdict(entry))
        return False
    return True
