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
    await request.app[WEBHOOK_JUDGE].require(body.url)
    tenant = await resources.identity.get_tenant(name)
    if tenant is None:
        raise UnknownTenantError(name)
    stamp = stamp_of(tenant)
    made: list[WebhookChanged] = []

    def change(known: TenantWebhook | None) -> TenantWebhook:
        own = known if known is not None and known.tenant_created == stamp else None
        made.append(body.apply_to(own, tenant_created=stamp, now=datetime.now(UTC)))
        return made[-1].webhook

    await resources.webhooks.change(name, change)
    return respond_json(view_changed(made[-1]))


async def remove_webhook(request: web.Request) -> web.Response:
    """DELETE /webhook: what is still to be told is given up."""
    tenant = request[CALLER].tenant

    def remove(known: TenantWebhook | None) -> None:
        if known is None:
            raise NotFoundError(f"Tenant {tenant!r} has no webhook.")

    await request.app[RESOURCES].webhooks.change(tenant, remove)
    return web.Response(status=204)


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
