"""Finds the principal that credentials belong to."""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from gateway.access.credentials import Credentials
from gateway.access.outside_tokens import OutsideTokens
from gateway.access.signing import Purpose, Signer
from gateway.http_errors import TooManyFailedLoginsError
from gateway.keys import FAILED_LOGINS, OUTSIDE_TOKENS, RESOURCES, SIGNER
from shared.api_keys import ApiKey, KnownKey, hash_key, is_well_formed
from shared.errors import UnauthenticatedError
from shared.identity import Principal, Role
from shared.ports.identity import IdentityStore

_NAME_CHARACTERS = 200
"""Of a name that is remembered: all of one that a user can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Somebody who was let in."""

    principal: Principal
    key: ApiKey | None
    """None: the credentials were no key of ours, nor made from one."""


async def find_login(
    identity: IdentityStore,
    signer: Signer,
    outside: OutsideTokens | None,
    credentials: Credentials,
    now: datetime,
) -> Login:
    """Find whose they are. Raises: UnauthenticatedError, which says no more than that they are not good."""
    sha256 = _hash_of(credentials, signer)
    if sha256 is not None:
        login = await _find_by_key(identity, sha256, credentials, now)
    elif outside is not None and credentials.is_bearer:
        login = await _find_by_token(identity, outside, credentials.key)
    else:
        login = None
    if login is None:
        raise UnauthenticatedError("The credentials are not valid; send a current key of yours.")
    return login


async def _find_by_key(identity: IdentityStore, sha256: str, credentials: Credentials, now: datetime) -> Login | None:
    known = await identity.find_key(sha256)
    if known is None or not _is_good(known, sha256, credentials, now):
        return None
    user = known.user
    return Login(principal=Principal(user=user.name, tenant=user.tenant, roles=user.roles), key=known.key)


async def _find_by_token(identity: IdentityStore, outside: OutsideTokens, text: str) -> Login | None:
    """Let in whom a good token is about, for those of its tenants that are there and have not disabled the user."""
    user = await outside.read(text)
    if user is None:
        return None
    tenants = await identity.choose_open_tenants(user.tenants, user.name)
    if not tenants and Role.SUPER_ADMIN not in user.roles:
        return None
    alone = tenants[0] if len(tenants) == 1 else ""
    principal = Principal(user=user.name, tenant=alone, roles=user.roles, tenants=frozenset(tenants), is_outside=True)
    return Login(principal=principal, key=None)


def _hash_of(credentials: Credentials, signer: Signer) -> str | None:
    """Return the hash of the key that is shown; a token of ours names the key it was made from: both end together."""
    if is_well_formed(credentials.key):
        return hash_key(credentials.key)
    claims = signer.read(Purpose.ACCESS, credentials.key) if credentials.is_bearer else None
    return None if claims is None else str(claims["key"])


def _is_good(known: KnownKey, sha256: str, credentials: Credentials, now: datetime) -> bool:
    key = known.key
    return (
        hmac.compare_digest(key.sha256, sha256)
        and not known.user.disabled
        and (key.expires is None or now < key.expires)
        and (credentials.user is None or hmac.compare_digest(credentials.user.encode(), key.user.encode()))
    )


async def log_in(request: web.Request, credentials: Credentials) -> Login:
    """Return who the credentials belong to. Raises: UnauthenticatedError, TooManyFailedLoginsError."""
    identity, signer, outside = request.app[RESOURCES].identity, request.app[SIGNER], request.app[OUTSIDE_TOKENS]
    failed_logins, now = request.app[FAILED_LOGINS], time.monotonic()
    try:
        return await find_login(identity, signer, outside, credentials, datetime.now(UTC))
    except UnauthenticatedError:
        suspects = _find_suspects(request, credentials)
        if (wait := max(failed_logins.wait_seconds(each, now) for each in suspects)) > 0:
            message = "Too many bad credentials came from this address or with this name; wait, then send good ones."
            raise TooManyFailedLoginsError(message, headers={"Retry-After": str(math.ceil(wait))}) from None
        for each in suspects:
            failed_logins.note(each, now)
        raise


def _find_suspects(request: web.Request, credentials: Credentials) -> Sequence[str]:
    """Return what is watched after a failure: where it came from, and the name that was used, if any."""
    address = f"address {request.remote}"
    return [address] if credentials.user is None else [address, f"user {credentials.user[:_NAME_CHARACTERS]}"]
