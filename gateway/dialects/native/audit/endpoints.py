"""The endpoint of the audit log."""

from __future__ import annotations

from aiohttp import web

from gateway.bodies.parsing import parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.audit.answers import view_audit
from gateway.dialects.native.audit.models import AuditQuery
from gateway.keys import CALLER, PRINCIPAL, RESOURCES
from shared.errors import InvalidRequestError


async def list_audit(request: web.Request) -> web.Response:
    """GET /audit: of the caller's tenant; of all, for a SUPER_ADMIN that names none."""
    query, caller, audit = parse_query(request, AuditQuery), request.get(CALLER), request.app[RESOURCES].audit
    if caller is None and not request[PRINCIPAL].is_super_admin:
        raise InvalidRequestError("Name the tenant in the header x-tenant-name.")
    tenant = None if caller is None else caller.tenant
    return respond_json(view_audit(await audit.list(tenant, cursor=query.cursor, limit=query.limit)))
