"""The endpoints of webhooks: each is about the caller's tenant."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.webhooks.answers import (
    view_changed,
    view_deliveries,
    view_delivery,
    view_test,
    view_webhook,
)
from gateway.dialects.native.webhooks.models import DeliveriesQuery, WebhookChanged, WebhookSettingBody
from gateway.keys import CALLER, RESOURCES, SENDER, WEBHOOK_JUDGE
from gateway.webhooks.sending import find_webhook, stamp_of
from shared.errors import NotFoundError, UnknownTenantError
from shared.resources import Resources
from shared.webhooks import TenantWebhook


async def get_webhook(request: web.Request) -> web.Response:
    """GET /webhook."""
    tenant = request[CALLER].tenant
    webhook = await find_webhook(request.app[RESOURCES], tenant)
    if webhook is None:
        raise NotFoundError(f"Tenant {tenant!r} has no webhook.")
    return respond_json(view_webhook(webhook))


async def put_webhook(request: web.Request) -> web.Response:
    """PUT /webhook: set the whole; a secret that is new is in the answer."""
    body, name, resources = (
        await parse_body(request, WebhookSettingBody),
        request[CALLER].tenant,
        request.app[RESOURCES],
    )
    stamp, drawn = await _read_stamp(resources, name), body.draw_secret()
    await request.app[WEBHOOK_JUDGE].require(body.url)
    read: list[str | None] = []
    made: list[TenantWebhook] = []

    def change(known: TenantWebhook | None) -> TenantWebhook:
        own = known if known is not None and known.tenant_created == stamp else None
        read.append(None if own is None else own.secret)
        made.append(body.apply_to(own, drawn=drawn, tenant_created=stamp, now=datetime.now(UTC)))
        return made[-1]

    await resources.webhooks.change(name, change)
    # What was read first: where the store's answer is lost, what is read then is what was just written.
    is_new = made[-1].secret == drawn != read[0]
    return respond_json(view_changed(WebhookChanged(webhook=made[-1], is_secret_new=is_new)))


async def remove_webhook(request: web.Request) -> web.Response:
    """DELETE /webhook: what is still to be told is given up."""
    tenant, resources = request[CALLER].tenant, request.app[RESOURCES]
    stamp = await _read_stamp(resources, tenant)

    def remove(known: TenantWebhook | None) -> None:
        if known is None or known.tenant_created != stamp:
            raise NotFoundError(f"Tenant {tenant!r} has no webhook.")

    await resources.webhooks.change(tenant, remove)
    return web.Response(status=204)


async def _read_stamp(resources: Resources, name: str) -> str:
    """Return what tells the tenant from others of its name. Raises: UnknownTenantError."""
    tenant = await resources.identity.get_tenant(name)
    if tenant is None:
        raise UnknownTenantError(name)
    return stamp_of(tenant)


async def test_webhook(request: web.Request) -> web.Response:
    """POST /webhook/test: send a test now, and tell the answer."""
    return respond_json(view_test(await request.app[SENDER].test(request[CALLER].tenant)))


async def list_deliveries(request: web.Request) -> web.Response:
    """GET /webhook/deliveries: newest first, to the tenant's address and those of jobs."""
    query, store = parse_query(request, DeliveriesQuery), request.app[RESOURCES].webhooks
    page = await store.list_deliveries(request[CALLER].tenant, cursor=query.cursor, limit=query.limit)
    return respond_json(view_deliveries(page))


async def redeliver(request: web.Request) -> web.Response:
    """POST /webhook/deliveries/{delivery_id}/redeliver: send it again, soon, and try for another day."""
    wanted = request.match_info["delivery_id"]
    delivery = await request.app[RESOURCES].webhooks.redeliver(request[CALLER].tenant, wanted)
    if delivery is None:
        raise NotFoundError(f"The tenant has no delivery {wanted!r}; those of the last days are listed.")
    return respond_json(view_delivery(delivery), status=202)
