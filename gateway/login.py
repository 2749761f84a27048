"""Who the credentials of a request belong to."""

from __future__ import annotations

import hmac
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from gateway.credentials import Credentials
from gateway.http_errors import TooManyFailedLoginsError
from gateway.keys import FAILED_LOGINS, RESOURCES, SIGNER
from gateway.signing import Purpose, Signer
from shared.errors import UnauthenticatedError
from shared.identity import ApiKey, KnownKey, Principal, hash_key, is_well_formed
from shared.ports.identity import IdentityStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Somebody who was let in."""

    principal: Principal
    key: ApiKey | None
    """None: the credentials were no key of ours, nor made from one."""


async def find_login(identity: IdentityStore, signer: Signer, credentials: Credentials, now: datetime) -> Login:
    """Find whose they are. Raises: UnauthenticatedError, which says no more than that they are not good."""
    sha256 = _hash_of(credentials, signer)
    known = None if sha256 is None else await identity.find_key(sha256)
    if known is None or sha256 is None or not _is_good(known, sha256, credentials, now):
        raise UnauthenticatedError("The credentials are not valid; send a current key of yours.")
    user = known.user
    return Login(principal=Principal(user=user.name, tenant=user.tenant, roles=user.roles), key=known.key)


def _hash_of(credentials: Credentials, signer: Signer) -> str | None:
    """Return the hash of the key that is shown; a token names the key it was given for, so both end together."""
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
    identity, signer = request.app[RESOURCES].identity, request.app[SIGNER]
    failed_logins, address, now = request.app[FAILED_LOGINS], request.remote or "", time.monotonic()
    try:
        return await find_login(identity, signer, credentials, datetime.now(UTC))
    except UnauthenticatedError:
        if (wait := failed_logins.wait_seconds(address, now)) > 0:
            message = "Too many bad credentials came from this address; wait, then send good ones."
            raise TooManyFailedLoginsError(message, headers={"Retry-After": str(math.ceil(wait))}) from None
        failed_logins.note(address, now)
        raise
