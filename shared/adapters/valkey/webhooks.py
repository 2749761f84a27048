"""Webhooks in Valkey: a hash of what tenants want, a hash for each delivery, and the order of what is due."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import orjson
from redis.asyncio import Redis

from shared.adapters.valkey.client import send, store_errors
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.moments import from_ms
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.scripts import Scripts
from shared.errors import InvalidRequestError
from shared.jobs.record import JobKind, read_word
from shared.ports.webhooks import WebhookChange
from shared.webhooks import Delivery, DeliveryPage, DeliveryState, JobOutcome, Target, TenantWebhook

_CURSOR: Final = re.compile(r"([0-9]{1,16}):(.{1,200})")
_OF_ONE_MOMENT: Final = 100
"""Deliveries that are looked at beyond a page: those written in the same millisecond as the last page's last."""
_PUT_OFF_MS: Final = 60_000
"""Until a delivery that this version cannot read is looked at again."""

_Listed: TypeAlias = tuple[str, str, Sequence[str]]
"""When a delivery was written, in ms of 16 digits; its id; its record."""


class ValkeyWebhooks:
    """Implements the WebhookStore port. The client must decode answers to text."""

    def __init__(self, client: Redis, *, namespace: Namespace, keepers: Keepers | None = None) -> None:
        self._client = client
        self._namespace = namespace
        self._scripts = Scripts(client, namespace, keepers=keepers)

    async def find(self, tenant: str) -> TenantWebhook | None:
        """Read it from the hash of all."""
        return _parse_webhook(await self._read(tenant))

    async def _read(self, tenant: str) -> str | None:
        namespace = self._namespace.text
        with store_errors():
            text: str | None = await send(self._client, "HGET", self._namespace.key("webhooks"), tenant)
        if text is None:
            await self._namespace.require_unmoved(self._client, namespace)
        return text

    async def change(self, tenant: str, change: WebhookChange) -> TenantWebhook | None:
        """Write it where it is still as it was read; else decide again."""
        while True:
            text = await self._read(tenant)
            changed = change(_parse_webhook(text))
            written = "" if changed is None else _format_webhook(changed, text or "{}")
            if await self._scripts.call_for_good("change_webhook", tenant, text or "", written):
                return changed

    async def remove_all(self, tenant: str) -> None:
        """Run the script."""
        await self._scripts.call_for_good("remove_webhooks", tenant)

    async def claim(self, token: str, *, most: int, at_once: int, lease_seconds: float) -> Sequence[Delivery]:
        """Run the script."""
        found = await self._scripts.call("claim_deliveries", token, most, at_once, round(lease_seconds * 1000))
        taken = {each_id: _parse_delivery(each_id, flat) for each_id, flat in found}
        if unknown := [each_id for each_id, delivery in taken.items() if delivery is None]:
            await self._scripts.call("put_off_deliveries", token, _PUT_OFF_MS, *unknown)
        return [delivery for delivery in taken.values() if delivery is not None]

    async def settle(
        self,
        delivery: Delivery,
        token: str,
        *,
        state: DeliveryState,
        code: int | None,
        error: str | None,
        wait_seconds: float = 0.0,
    ) -> DeliveryState | None:
        """Run the script."""
        told = "" if code is None else code
        answer = await self._scripts.call(
            "settle_delivery", delivery.id, token, state.value, told, error or "", round(wait_seconds * 1000)
        )
        return DeliveryState(answer) if answer else None

    async def list_deliveries(self, tenant: str, *, cursor: str | None = None, limit: int = 100) -> DeliveryPage:
        """Read from the newest, or from the moment that the cursor names, of which those before it are left out."""
        named = None if cursor is None else _CURSOR.fullmatch(cursor)
        if cursor is not None and named is None:
            raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave.")
        before = None if named is None else (f"{int(named[1]):016}", named[2])
        found = await self._read_before(tenant, before, limit + 1)
        shown, more = found[:limit], found[limit:]
        parsed = (_parse_delivery(each_id, flat) for _, each_id, flat in shown)
        return DeliveryPage(
            deliveries=tuple(each for each in parsed if each is not None),
            next_cursor=f"{int(shown[-1][0])}:{shown[-1][1]}" if more else None,
        )

    async def _read_before(self, tenant: str, before: tuple[str, str] | None, wanted: int) -> list[_Listed]:
        """Read on until there are so many, or no more: the moment that is named may have more than one look gives."""
        found = list[_Listed]()
        newest, passed, most = ("+inf", 0, wanted) if before is None else (int(before[0]), 0, wanted + _OF_ONE_MOMENT)
        while True:
            read = await self._scripts.call("list_deliveries", tenant, newest, passed, most)
            listed = [(f"{int(float(score)):016}", each_id, flat) for each_id, score, flat in read]
            found += [each for each in listed if before is None or each[:2] < before]
            if len(found) >= wanted or len(read) < most:
                return found
            passed += most

    async def redeliver(self, tenant: str, delivery_id: str) -> Delivery | None:
        """Run the script."""
        flat = await self._scripts.call_for_good("redeliver", tenant, delivery_id)
        return _parse_delivery(delivery_id, flat) if flat else None


def _format_webhook(webhook: TenantWebhook, known: str) -> str:
    """Write a webhook down, over what stood there: fields of a later version stay."""
    fields = {name: getattr(webhook, name) for name in TenantWebhook.__dataclass_fields__}
    return orjson.dumps({**orjson.loads(known), **fields}).decode()


def _parse_webhook(text: str | None) -> TenantWebhook | None:
    """Read a webhook; what a later version tells more is left out."""
    if text is None:
        return None
    found = orjson.loads(text)
    return TenantWebhook(
        url=found["url"],
        secret=found["secret"],
        outcomes=_parse_words(JobOutcome, found.get("outcomes")),
        kinds=None if found.get("kinds") is None else tuple(read_word(JobKind, each) for each in found["kinds"]),
        enabled=found["enabled"],
        disabled_because=found.get("disabled_because"),
        tenant_created=found.get("tenant_created", ""),
        changed=datetime.fromisoformat(found["changed"]),
    )


def _parse_words(kind: type[JobOutcome], words: Sequence[str] | None) -> tuple[JobOutcome, ...] | None:
    known = set(kind)
    return None if words is None else tuple(kind(each) for each in words if each in known)


def _parse_delivery(delivery_id: str, flat: Sequence[str]) -> Delivery | None:
    """Read a delivery; None for one that is gone, or that only a later version can send."""
    try:
        return _parse_known(delivery_id, flat)
    except (KeyError, ValueError):
        return None


def _parse_known(delivery_id: str, flat: Sequence[str]) -> Delivery:
    fields: Mapping[str, Any] = dict(zip(flat[::2], flat[1::2], strict=True))
    return Delivery(
        id=delivery_id,
        tenant=fields["tenant"],
        job_id=fields["job"],
        target=Target(fields["target"]),
        outcome=JobOutcome(fields["outcome"]),
        state=DeliveryState(fields["state"]),
        attempts=int(fields["attempts"]),
        created=from_ms(fields["created"]),
        tried=from_ms(fields["tried"]) if "tried" in fields else None,
        code=int(fields["code"]) if fields.get("code") else None,
        error=fields.get("error") or None,
        next_try=from_ms(fields["next"]) if "next" in fields else None,
    )
