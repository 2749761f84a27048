"""The audit log in Valkey: a stream of all entries, and one for each tenant, each as long as entries are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import orjson
from redis.asyncio import Redis

from shared.adapters.valkey.client import send, store_errors
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.scripts import Scripts
from shared.errors import InvalidRequestError
from shared.ports.audit import AuditEntry, AuditPage, AuditRecord

_DAY_MS: Final = 86_400_000
_ID: Final = re.compile(r"[0-9]{1,16}-[0-9]{1,16}")
_FIELDS: Final = frozenset(AuditEntry.__dataclass_fields__)


class ValkeyAudit:
    """Implements the AuditLog port. The client must decode answers to text."""

    def __init__(self, client: Redis, *, namespace: Namespace, days: int) -> None:
        self._client = client
        self._namespace = namespace
        # The one script that is called knows nothing of leases and crashes.
        self._scripts = Scripts(client, namespace, (0, days * _DAY_MS, 0))

    async def append(self, entry: AuditEntry) -> None:
        """Add it to both streams, which lose what is too old."""
        await self._scripts.call("append_audit", entry.tenant, orjson.dumps(asdict(entry)).decode())

    async def list(self, tenant: str | None, *, cursor: str | None = None, limit: int = 100) -> AuditPage:
        """Read a stream from its end."""
        if cursor is not None and _ID.fullmatch(cursor) is None:
            raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave.")
        before = "+" if cursor is None else f"({cursor}"
        with store_errors():
            found = await send(self._client, "XREVRANGE", self._name(tenant), before, "-", "COUNT", limit + 1)
        records = [_parse(each_id, fields) for each_id, fields in found[:limit]]
        return AuditPage(records=records, next_cursor=records[-1].id if len(found) > limit else None)

    def _name(self, tenant: str | None) -> str:
        return self._namespace.key("audit" if tenant is None else f"audit:{tenant}")


def _parse(record_id: str, fields: Mapping[str, str]) -> AuditRecord:
    """Read a record; what a later version tells more is left out."""
    told = {name: value for name, value in orjson.loads(fields["entry"]).items() if name in _FIELDS}
    time = datetime.fromtimestamp(int(record_id.partition("-")[0]) / 1000, UTC)
    return AuditRecord(id=record_id, time=time, entry=AuditEntry(**told))
