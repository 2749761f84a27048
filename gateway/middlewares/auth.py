"""Authenticates the caller, and checks the roles that the route asks for."""

from __future__ import annotations

import math
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.access.authentication import LoginTrace
from gateway.access.credentials import read_credentials
from gateway.http_errors import TooManyRequestsError
from gateway.keys import API_KEY, CALLER, LOGIN, LOGINS, PRINCIPAL, REQUEST_RATES, RESOURCES
from gateway.lasting import ask_again_by
from gateway.middlewares.job_prefetch import begin_reading
from gateway.middlewares.matched_route import find_route
from gateway.route import Access, Route
from gateway.server.front import find_caller
from gateway.server.text import is_text
from shared.caller import Caller
from shared.errors import (
    ForbiddenError,
    InvalidRequestError,
    TenantMismatchError,
    UnauthenticatedError,
    UnknownTenantError,
)
from shared.identity import Principal, Role
from shared.ports.identity import IdentityStore

TENANT_HEADER = "x-tenant-name"


async def require_tenant(
    identity: IdentityStore, principal: Principal, *, in_path: str | None, in_header: str | None
) -> str:
    """Return the tenant to act for. Raises: TenantMismatchError, InvalidRequestError, UnknownTenantError."""
    if in_path and in_header and in_path != in_header:
        message = f"The path names tenant {in_path!r}, the header {TENANT_HEADER} names {in_header!r}; name one."
        raise TenantMismatchError(message)
    named = in_path or in_header or principal.tenant
    if not named:
        raise InvalidRequestError(
            f"Name the tenant in the header {TENANT_HEADER}: these credentials belong to no single one."
        )
    if not is_text(named) or (named != principal.tenant and not await _may_enter(identity, principal, named)):
        raise UnknownTenantError(named)
    return named


async def _may_enter(identity: IdentityStore, principal: Principal, tenant: str) -> bool:
    if not principal.is_super_admin:
        return tenant in principal.tenants
    return await identity.get_tenant(tenant) is not None


def require_role(principal: Principal, roles: frozenset[Role]) -> None:
    """Raise ForbiddenError unless the principal has one of the roles; SUPER_ADMIN may do what any other may."""
    if roles and not principal.has(*roles, Role.SUPER_ADMIN):
        raise ForbiddenError(f"This needs one of the roles {', '.join(sorted(roles))}.")


def require_all_roles(principal: Principal, roles: frozenset[Role]) -> None:
    """Raise ForbiddenError unless the principal has each of the roles; SUPER_ADMIN may do what any other may."""
    if not (principal.has(Role.SUPER_ADMIN) or roles <= principal.roles):
        raise ForbiddenError(f"This needs the roles {' and '.join(sorted(roles))}, together.")


@web.middleware
async def auth_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request pass to its endpoint only as the table of routes says."""
    route = find_route(request)
    if route is not None and route.access is not Access.PUBLIC:
        await _admit(request, route)
    return await handler(request)


def _require_patience(request: web.Request, principal: Principal) -> None:
    """Raise TooManyRequestsError where the user asks too often."""
    wait = request.app[REQUEST_RATES].take((principal.tenant, principal.user), time.monotonic())
    if wait > 0:
        message = "Too many requests; wait, then go on more slowly."
        raise TooManyRequestsError(message, headers={"Retry-After": str(math.ceil(wait))})


async def _admit(request: web.Request, route: Route) -> None:
    identity = request.app[RESOURCES].identity
    credentials = read_credentials(request.headers)
    if credentials is None:
        raise UnauthenticatedError("Send a key in X-API-KEY, x-synthetic-key or Authorization.")
    if route.is_polled:
        begin_reading(request)
    ask_again_by(request, _admit_again)
    login = request[LOGIN] = await request.app[LOGINS].log_in(credentials, address=find_caller(request))
    principal = request[PRINCIPAL] = login.principal
    _require_patience(request, principal)
    if login.key is not None:
        request[API_KEY] = login.key
    in_path, in_header = request.match_info.get("tenant"), request.headers.get(TENANT_HEADER)
    if route.access is Access.TENANT or in_header or principal.tenant:
        tenant = await require_tenant(identity, principal, in_path=in_path, in_header=in_header)
        request[CALLER] = Caller(principal=principal, tenant=tenant)
    require_role(principal, route.roles)
    require_all_roles(principal, route.all_roles)


async def _admit_again(request: web.Request) -> None:
    """Raise what the caller would be refused with now."""
    caller = request.get(CALLER)
    await require_rights_left(request.app, request[LOGIN].trace, None if caller is None else caller.tenant)


async def require_rights_left(app: web.Application, trace: LoginTrace, tenant: str | None) -> Principal:
    """Return whoever logged in then, with the rights of now.

    Raises: what the same would be refused with now, or ForbiddenError where a role was lost meanwhile.

    What was asked with all roles may rest on the one that is lost: who asks anew is answered by those that are left.
    """
    renewed = (await app[LOGINS].renew(trace)).principal
    if tenant is not None:
        await require_tenant(app[RESOURCES].identity, renewed, in_path=None, in_header=tenant)
    if not trace.principal.roles <= renewed.roles:
        raise ForbiddenError("Roles were taken from the caller while this was answered; ask anew.")
    return renewed
