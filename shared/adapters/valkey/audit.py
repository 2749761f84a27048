"""The audit log in Valkey: a stream of all entries, and one for each tenant, each as long as entries are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from shared.adapters.valkey.client import moving_error, parse_clock, send, store_errors
from shared.adapters.valkey.namespaces import MOVED, Namespace
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
        self._kept_ms = days * _DAY_MS

    async def append(self, entry: AuditEntry) -> None:
        """Add it to both streams, which lose what is too old."""
        text = orjson.dumps(asdict(entry)).decode()
        with store_errors():
            clock = parse_clock(*await send(self._client, "TIME"))
            oldest = round(clock.timestamp() * 1000) - self._kept_ms
            async with self._client.pipeline(transaction=True) as pipeline:
                await self._require_unmoved(pipeline)
                for stream in (self._name(None), self._name(entry.tenant)) if entry.tenant else (self._name(None),):
                    pipeline.execute_command("XADD", stream, "MINID", "~", oldest, "*", "entry", text)
                    pipeline.pexpire(stream, self._kept_ms)
                await pipeline.execute()

    async def list(self, tenant: str | None, *, cursor: str | None = None, limit: int = 100) -> AuditPage:
        """Read a stream from its end."""
        if cursor is not None and _ID.fullmatch(cursor) is None:
            raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave.")
        before = "+" if cursor is None else f"({cursor}"
        with store_errors():
            found = await send(self._client, "XREVRANGE", self._name(tenant), before, "-", "COUNT", limit + 1)
        records = [_parse(each_id, fields) for each_id, fields in found[:limit]]
        return AuditPage(records=records, next_cursor=records[-1].id if len(found) > limit else None)

    async def _require_unmoved(self, pipeline: Pipeline) -> None:
        """Have what follows fail where bare keys are being moved. Raises: StoreUnavailableError."""
        if self._namespace.is_tagged:
            return
        moved = self._namespace.key(MOVED)
        await pipeline.watch(moved)
        if await pipeline.exists(moved):
            raise moving_error()
        pipeline.multi()  # type: ignore[no-untyped-call]

    def _name(self, tenant: str | None) -> str:
        return self._namespace.key("audit" if tenant is None else f"audit:{tenant}")


def _parse(record_id: str, fields: Mapping[str, str]) -> AuditRecord:
    """Read a record; what a later version tells more is left out."""
    told = {name: value for name, value in orjson.loads(fields["entry"]).items() if name in _FIELDS}
    time = datetime.fromtimestamp(int(record_id.partition("-")[0]) / 1000, UTC)
    return AuditRecord(id=record_id, time=time, entry=AuditEntry(**told))
