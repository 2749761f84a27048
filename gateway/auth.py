"""Who the caller is, for which tenant, with which right."""

from __future__ import annotations

import base64
import hmac
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.caller import Caller
from gateway.http_errors import TooManyFailedLoginsError
from gateway.keys import CALLER, FAILED_LOGINS, PRINCIPAL, RESOURCES, ROUTES, SIGNER
from gateway.reading_ahead import begin_reading
from gateway.route import Access, Route
from gateway.signing import Purpose, Signer
from shared.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    TenantMismatchError,
    UnauthenticatedError,
)
from shared.identity import ApiKey, Principal, Role, hash_key, is_well_formed
from shared.ports.identity import IdentityStore

KEY_HEADERS = ("X-API-KEY", "x-synthetic-key")
TENANT_HEADER = "x-tenant-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What the request shows."""

    key: str
    user: str | None = None
    """Named by Basic and by client credentials alone; then it must be the key's."""
    is_bearer: bool = False
    """Then it may be one of our access tokens instead of a key."""


def read_credentials(headers: Mapping[str, str]) -> Credentials | None:
    """Read the first credentials that the headers hold; None where there are none, or none that can be read."""
    for name in KEY_HEADERS:
        if key := headers.get(name):
            return Credentials(key=key)
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer" if value.strip() not in ("", "None"):  # an SDK sends "None" first, and expects to be refused
            return Credentials(key=value.strip(), is_bearer=True)
        case "basic":
            return _parse_basic(value.strip())
        case _:
            return None


def _parse_basic(value: str) -> Credentials | None:
    try:
        user, colon, key = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # not ASCII, not Base64 or not UTF-8
        return None
    return Credentials(key=key, user=user) if colon else None


async def find_key(identity: IdentityStore, signer: Signer, credentials: Credentials, now: datetime) -> ApiKey:
    """Find the key that is shown. Raises: UnauthenticatedError, which says no more than that it is not good."""
    sha256 = _hash_of(credentials, signer)
    key = None if sha256 is None else await identity.find_key(sha256)
    if key is None or sha256 is None or not _is_good(key, sha256, credentials, now):
        raise UnauthenticatedError("The credentials are not valid; send a current key of yours.")
    return key


def _hash_of(credentials: Credentials, signer: Signer) -> str | None:
    """Return the hash of the key that is shown; a token names the key it was given for, so both end together."""
    if is_well_formed(credentials.key):
        return hash_key(credentials.key)
    claims = signer.read(Purpose.ACCESS, credentials.key) if credentials.is_bearer else None
    return None if claims is None else str(claims["key"])


def _is_good(key: ApiKey, sha256: str, credentials: Credentials, now: datetime) -> bool:
    return (
        hmac.compare_digest(key.sha256, sha256)
        and (key.expires is None or now < key.expires)
        and (credentials.user is None or hmac.compare_digest(credentials.user.encode(), key.user.encode()))
    )


async def require_tenant(
    identity: IdentityStore, principal: Principal, *, in_path: str | None, in_header: str | None
) -> str:
    """Return the tenant to act for. Raises: TenantMismatchError, InvalidRequestError, NotFoundError."""
    if in_path and in_header and in_path != in_header:
        message = f"The path names tenant {in_path!r}, the header {TENANT_HEADER} names {in_header!r}; name one."
        raise TenantMismatchError(message)
    named = in_path or in_header or principal.tenant
    if not named:
        raise InvalidRequestError(f"Name the tenant in the header {TENANT_HEADER}: this key belongs to none.")
    if named != principal.tenant and not await _may_enter(identity, principal, named):
        raise NotFoundError(f"Tenant {named!r} is unknown.")
    return named


async def _may_enter(identity: IdentityStore, principal: Principal, tenant: str) -> bool:
    return principal.has(Role.SUPER_ADMIN) and await identity.get_tenant(tenant) is not None


def require_role(principal: Principal, roles: frozenset[Role]) -> None:
    """Raise ForbiddenError unless the principal has one of the roles; SUPER_ADMIN may do what any other may."""
    if roles and not principal.has(*roles, Role.SUPER_ADMIN):
        raise ForbiddenError(f"This needs one of the roles {', '.join(sorted(roles))}.")


@web.middleware
async def auth_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request pass to its endpoint only as the table of routes says."""
    route = request.app[ROUTES].get(request.match_info.route.name or "")
    if route is not None and route.access is not Access.PUBLIC:
        await _admit(request, route)
    return await handler(request)


async def _admit(request: web.Request, route: Route) -> None:
    identity = request.app[RESOURCES].identity
    credentials = read_credentials(request.headers)
    if credentials is None:
        raise UnauthenticatedError("Send a key in X-API-KEY, x-synthetic-key or Authorization.")
    if route.is_polled:
        begin_reading(request)
    key = await log_in(request, credentials)
    principal = request[PRINCIPAL] = Principal(user=key.user, tenant=key.tenant, roles=key.roles)
    in_path, in_header = request.match_info.get("tenant"), request.headers.get(TENANT_HEADER)
    if route.access is Access.TENANT or in_header or principal.tenant:
        tenant = await require_tenant(identity, principal, in_path=in_path, in_header=in_header)
        request[CALLER] = Caller(principal=principal, tenant=tenant)
    require_role(principal, route.roles)


async def log_in(request: web.Request, credentials: Credentials) -> ApiKey:
    """Return the key that is shown. Raises: UnauthenticatedError, TooManyFailedLoginsError."""
    identity, signer = request.app[RESOURCES].identity, request.app[SIGNER]
    failed_logins, address, now = request.app[FAILED_LOGINS], request.remote or "", time.monotonic()
    try:
        return await find_key(identity, signer, credentials, datetime.now(UTC))
    except UnauthenticatedError:
        if (wait := failed_logins.wait_seconds(address, now)) > 0:
            message = "Too many bad credentials came from this address; wait, then send good ones."
            raise TooManyFailedLoginsError(message, headers={"Retry-After": str(math.ceil(wait))}) from None
        failed_logins.note(address, now)
        raise
