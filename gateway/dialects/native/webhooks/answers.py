"""The answers of webhooks, and the functions that make them. Only a secret that was just made or named is in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from gateway.dialects.native.webhooks.models import WebhookChanged
from gateway.webhooks.posting import Answer
from shared.jobs.record import JobKind
from shared.webhooks import Delivery, DeliveryPage, DeliveryState, JobOutcome, Target, TenantWebhook


class WebhookAnswer(TypedDict):
    """A tenant's webhook."""

    url: str
    outcomes: Sequence[JobOutcome] | None
    kinds: Sequence[JobKind] | None
    enabled: bool
    disabled_because: str | None
    changed: Time | None
    secret: NotRequired[str]


class TestAnswer(TypedDict):
    """What a test led to."""

    delivered: bool
    code: int | None
    error: str | None


class DeliveryAnswer(TypedDict):
    """A delivery."""

    id: str
    job_id: str
    target: Target
    outcome: JobOutcome
    state: DeliveryState
    attempts: int
    created: Time | None
    tried: Time | None
    code: int | None
    error: str | None
    next_try: Time | None


class DeliveriesAnswer(TypedDict):
    """Some deliveries, newest first."""

    deliveries: list[DeliveryAnswer]
    next_cursor: str | None


def view_webhook(webhook: TenantWebhook) -> WebhookAnswer:
    """Return a webhook without its secret."""
    return {
        "url": webhook.url,
        "outcomes": webhook.outcomes,
        "kinds": webhook.kinds,
        "enabled": webhook.enabled,
        "disabled_because": webhook.disabled_because,
        "changed": view_time(webhook.changed),
    }


def view_changed(changed: WebhookChanged) -> WebhookAnswer:
    """Return a webhook, with a secret that is new."""
    shown = view_webhook(changed.webhook)
    if changed.is_secret_new:
        shown["secret"] = changed.webhook.secret
    return shown


def view_test(answer: Answer) -> TestAnswer:
    """Return what a test led to; nothing that the receiver sent."""
    return {"delivered": answer.is_taken, "code": answer.status, "error": answer.error}


def view_delivery(delivery: Delivery) -> DeliveryAnswer:
    """Return a delivery."""
    return {
        "id": delivery.id,
        "job_id": delivery.job_id,
        "target": delivery.target,
        "outcome": delivery.outcome,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created": view_time(delivery.created),
        "tried": view_time(delivery.tried),
        "code": delivery.code,
        "error": delivery.error,
        "next_try": view_time(delivery.next_try),
    }


def view_deliveries(page: DeliveryPage) -> DeliveriesAnswer:
    """Return a part of the listing."""
    return {"deliveries": [view_delivery(each) for each in page.deliveries], "next_cursor": page.next_cursor}
