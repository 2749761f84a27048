"""Writes one line of the audit log for each attempt to change something, to take an archive, or to be let in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from gateway.keys import AUDIT_TARGET, CALLER, ERROR_CODE, PRINCIPAL, REQUEST_ID, RESOURCES
from gateway.middlewares.matched_route import find_route
from gateway.route import Route
from gateway.server.front import find_caller
from shared.ports.audit import AuditEntry, keep_entry

_LOGIN: Final = "login"
_NOT_LET_IN: Final = frozenset({"UNAUTHENTICATED", "TOO_MANY_FAILED_LOGINS"})
_NOT_TOLD: Final = frozenset({"token"})
"""What in a path opens a file to whoever reads it."""


@web.middleware
async def audit_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Write before the answer goes out, but for one that is a stream: who has it finds it told."""
    response = await handler(request)
    route = find_route(request)
    if route is None:
        return response
    code = request.get(ERROR_CODE, "")
    if route.is_audited and request.method != hdrs.METH_HEAD:
        await _append(request, _describe(request, route, route.name, response, code))
    elif code in _NOT_LET_IN:
        await _append(request, _describe(request, route, _LOGIN, response, code))
    return response


def _describe(request: web.Request, route: Route, action: str, response: web.StreamResponse, code: str) -> AuditEntry:
    caller = request.get(CALLER)
    principal = request.get(PRINCIPAL) if caller is None else caller.principal
    return AuditEntry(
        action=action,
        user="" if principal is None else principal.user,
        tenant=caller.tenant if caller is not None else "" if principal is None else principal.tenant,
        address=find_caller(request) or "",
        target=_find_target(request, response),
        surface=route.surface,
        request_id=request[REQUEST_ID],
        status=response.status,
        code=code,
    )


def _find_target(request: web.Request, response: web.StreamResponse) -> str:
    """Return what the path names, and where what was made is; an address elsewhere is for the caller alone."""
    named = [f"{name}={value}" for name, value in request.match_info.items() if name not in _NOT_TOLD]
    named += [request[AUDIT_TARGET]] if AUDIT_TARGET in request else []
    made = None if response.status == 307 else response.headers.get(hdrs.LOCATION)
    return " ".join(named if made is None else [*named, urlsplit(made).path])


async def _append(request: web.Request, entry: AuditEntry) -> None:
    """Keep an entry, and log it."""
    if await keep_entry(request.app[RESOURCES].audit, entry):
        structlog.get_logger("audit").info("audit", **asdict(entry))
