"""Webhooks in memory; who ends a job tells it to `end`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from shared.errors import InvalidRequestError
from shared.jobs.record import Job
from shared.ports.webhooks import WebhookChange
from shared.webhooks import OUTCOMES, Delivery, DeliveryPage, DeliveryState, Target, TenantWebhook

DAY = timedelta(days=1)


@dataclass(slots=True)
class Kept:
    delivery: Delivery
    until: datetime
    due: datetime | None
    token: str | None = None
    lease: datetime | None = None


@dataclass(slots=True)
class MemoryWebhooks:
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    webhooks: dict[str, TenantWebhook] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    turns: dict[str, datetime] = field(default_factory=dict)
    """When something of a tenant was last sent: others come first."""

    def end(self, job: Job) -> None:
        """Write down what is to be told of an ended job."""
        outcome, webhook = OUTCOMES[job.status], self.webhooks.get(job.tenant)
        targets = [Target.JOB] if job.webhook is not None else []
        if (
            webhook is not None
            and webhook.enabled
            and (webhook.outcomes is None or outcome in webhook.outcomes)
            and (webhook.kinds is None or job.kind in webhook.kinds)
        ):
            targets.insert(0, Target.TENANT)
        for target in targets:
            now, name = self.clock(), f"{job.id}-{outcome}-{target}"
            delivery = Delivery(
                id=name,
                tenant=job.tenant,
                job_id=job.id,
                target=target,
                outcome=outcome,
                state=DeliveryState.WAITING,
                created=now,
                next_try=now,
            )
            self.kept.setdefault(name, Kept(delivery, now + DAY, now))

    async def find(self, tenant: str) -> TenantWebhook | None:
        return self.webhooks.get(tenant)

    async def change(self, tenant: str, change: WebhookChange) -> TenantWebhook | None:
        changed = change(self.webhooks.get(tenant))
        if changed is None:
            self.webhooks.pop(tenant, None)
        else:
            self.webhooks[tenant] = changed
        return changed

    async def remove_all(self, tenant: str) -> None:
        self.webhooks.pop(tenant, None)
        self.kept = {name: each for name, each in self.kept.items() if each.delivery.tenant != tenant}

    async def claim(self, token: str, *, most: int, at_once: int, lease_seconds: float) -> Sequence[Delivery]:
        now, taken = self.clock(), list[Delivery]()

        def turn(kept: Kept) -> tuple[datetime, datetime]:
            due = kept.due or now
            return self.turns.get(kept.delivery.tenant, due), due

        for each in sorted(self.kept.values(), key=turn):
            tenant = each.delivery.tenant
            sent = sum(
                other.delivery.tenant == tenant and other.lease is not None and other.lease > now
                for other in self.kept.values()
            )
            if each.due is not None and each.due <= now and sent < at_once and len(taken) < most:
                each.token, each.lease = token, now + timedelta(seconds=lease_seconds)
                each.due = each.lease
                taken.append(each.delivery)
        self.turns.update({each.tenant: now for each in taken})
        return taken

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
        kept, now = self.kept.get(delivery.id), self.clock()
        if kept is None or kept.token != token:
            return None
        following = now + timedelta(seconds=wait_seconds)
        if state is DeliveryState.WAITING and following > kept.until:
            state = DeliveryState.GIVEN_UP
        kept.token = kept.lease = None
        self.turns[delivery.tenant] = now
        kept.due = following if state is DeliveryState.WAITING else None
        kept.delivery = replace(
            kept.delivery,
            state=state,
            code=code,
            error=error,
            tried=now,
            next_try=kept.due,
            attempts=kept.delivery.attempts + 1,
        )
        return state

    async def list_deliveries(self, tenant: str, *, cursor: str | None = None, limit: int = 100) -> DeliveryPage:
        if cursor is not None and not cursor.partition(":")[0].isdecimal():
            raise InvalidRequestError(f"Cursor {cursor!r} is not one that a listing gave.")
        found = sorted(
            (each.delivery for each in self.kept.values() if each.delivery.tenant == tenant),
            key=lambda each: (each.created, each.id),
            reverse=True,
        )
        start = 0 if cursor is None else int(cursor.partition(":")[0])
        more = len(found) > start + limit
        shown = tuple(found[start : start + limit])
        return DeliveryPage(deliveries=shown, next_cursor=f"{start + limit}:" if more else None)

    async def redeliver(self, tenant: str, delivery_id: str) -> Delivery | None:
        kept, now = self.kept.get(delivery_id), self.clock()
        if kept is None or kept.delivery.tenant != tenant:
            return None
        if kept.lease is None or kept.lease <= now:
            kept.token, kept.due, kept.until = None, now, now + DAY
            kept.delivery = replace(kept.delivery, state=DeliveryState.WAITING, attempts=0, next_try=now)
        return kept.delivery
