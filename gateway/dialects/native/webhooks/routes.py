"""The routes of webhooks."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import ADMINISTRATORS
from gateway.dialects.native.base import API
from gateway.dialects.native.webhooks import endpoints
from gateway.dialects.native.webhooks.answers import DeliveriesAnswer, DeliveryAnswer, TestAnswer, WebhookAnswer
from gateway.dialects.native.webhooks.models import DeliveriesQuery, WebhookSettingBody
from gateway.doc import NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Endpoint, Route


def list_webhook_routes() -> Sequence[Route]:
    """List the routes."""
    webhook, deliveries = f"{API}/webhook", f"{API}/webhook/deliveries"
    shown = Doc(
        summary="Show the tenant's webhook.", answers={200: Answer(model=WebhookAnswer)}, refusals=refusals(404)
    )
    put = Doc(
        summary="Set the tenant's webhook: the address that is told when its jobs have ended.",
        body=Body(
            model=WebhookSettingBody,
            example={"url": "https://hooks.example/graphferry", "outcomes": ["failed", "cancelled"]},
        ),
        answers={200: Answer(text="It is set; a secret that is new is told this once.", model=WebhookAnswer)},
    )
    removed = Doc(summary="Remove the tenant's webhook.", answers={204: NO_CONTENT}, refusals=refusals(404))
    tested = Doc(
        summary="Send a test to the tenant's webhook now.",
        answers={200: Answer(text="What the test led to.", model=TestAnswer)},
        refusals=refusals(404, 409),
    )
    listed = Doc(
        summary="List what was told, or is still to be, newest first.",
        query=DeliveriesQuery,
        answers={200: Answer(model=DeliveriesAnswer)},
    )
    again = Doc(
        summary="Send a delivery again.",
        answers={202: Answer(text="It is sent soon.", model=DeliveryAnswer)},
        refusals=refusals(404),
    )
    one = f"{deliveries}/{{delivery_id:[^/]+}}/redeliver"
    return [
        _route("GET", webhook, "webhook.get", endpoints.get_webhook, shown),
        _route("PUT", webhook, "webhook.set", endpoints.put_webhook, put),
        _route("DELETE", webhook, "webhook.remove", endpoints.remove_webhook, removed),
        _route("POST", f"{webhook}/test", "webhook.test", endpoints.test_webhook, tested),
        _route("GET", deliveries, "webhook.deliveries", endpoints.list_deliveries, listed),
        _route("POST", one, "webhook.redeliver", endpoints.redeliver, again),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint, doc: Doc) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, roles=ADMINISTRATORS)
