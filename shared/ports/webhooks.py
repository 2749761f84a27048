"""The port of webhooks: what tenants want to be told, and the deliveries that ended jobs have left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from shared.webhooks import Delivery, DeliveryPage, DeliveryState, TenantWebhook

WebhookChange: TypeAlias = Callable[[TenantWebhook | None], TenantWebhook | None]
"""Given what there is, what there shall be; None: nothing. It may be called several times, and ends all by raising."""


class WebhookStore(Protocol):
    """Deliveries are written by what ends a job, in the same step. Each method raises StoreUnavailableError."""

    async def find(self, tenant: str) -> TenantWebhook | None:
        """Find a tenant's webhook."""
        ...

    async def change(self, tenant: str, change: WebhookChange) -> TenantWebhook | None:
        """Change a tenant's webhook, decided on as it is when it is written. Returns it as it is then."""
        ...

    async def remove_all(self, tenant: str) -> None:
        """Forget a tenant's webhook and all its deliveries; those under way are not told of any more."""
        ...

    async def claim(self, token: str, *, most: int, at_once: int, lease_seconds: float) -> Sequence[Delivery]:
        """Take deliveries that are due, for the sender of this token alone until the lease is over.

        Of a tenant no more than `at_once` are with all senders together. What only a later version can send is put off.
        """
        ...

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
        """Write what became of a try. WAITING: another follows after so many seconds, within a day from the first.

        Returns the state then; None where the lease was lost.
        """
        ...

    async def list_deliveries(self, tenant: str, *, cursor: str | None = None, limit: int = 100) -> DeliveryPage:
        """List a tenant's deliveries, newest first; what only a later version can read is left out.

        Raises: InvalidRequestError for a cursor that no page gave.
        """
        ...

    async def redeliver(self, tenant: str, delivery_id: str) -> Delivery | None:
        """Have a delivery sent again, and tried for another day; None where the tenant has no such delivery."""
        ...
