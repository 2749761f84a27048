"""Finds the principal that credentials belong to."""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.access.credentials import Credentials
from gateway.access.failed_logins import FailedLogins
from gateway.access.outside_tokens import OutsideTokens
from gateway.access.signing import Purpose, Signer
from gateway.http_errors import TooManyFailedLoginsError
from gateway.server.text import is_text
from shared.api_keys import ApiKey, KnownKey, hash_key, is_well_formed
from shared.errors import UnauthenticatedError
from shared.identity import Principal
from shared.ports.identity import IdentityStore
from shared.spelling import fold

_NAME_CHARACTERS = 200
"""Of a name that is remembered: all of one that a user can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTrace:
    """What is kept of a login, to ask later whether it would still be let in."""

    principal: Principal
    sha256: str | None
    """Of the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Somebody who was let in."""

    principal: Principal
    key: ApiKey | None
    """None: the credentials were no key of ours, nor made from one."""

    @property
    def trace(self) -> LoginTrace:
        """What is kept of it."""
        return LoginTrace(principal=self.principal, sha256=None if self.key is None else self.key.sha256)


class Logins:
    """Finds the owner of credentials, and limits how many bad ones an address or a name may show.

    Where `outside` is None, no bearer token is good but our own.
    """

    def __init__(
        self, identity: IdentityStore, signer: Signer, outside: OutsideTokens | None, failed: FailedLogins
    ) -> None:
        self._identity = identity
        self._signer = signer
        self._outside = outside
        self._failed = failed

    async def log_in(self, credentials: Credentials, *, address: str | None) -> Login:
        """Return the owner of the credentials; `address` is where they came from, None where that is not known.

        Raises: UnauthenticatedError, which says no more than that they are not good; TooManyFailedLoginsError.
        """
        now = time.monotonic()
        login = await self._find_login(credentials)
        if login is None:
            self._note_failure(_list_suspects(credentials, address), now)
            raise UnauthenticatedError("The credentials are not valid; send a current key of yours.")
        return login

    async def renew(self, trace: LoginTrace) -> Login:
        """Return a login with the rights of now. The time of its token does not count: that is for new requests.

        Raises: UnauthenticatedError where key, user or tenant are there no more, or are closed.
        """
        if trace.sha256 is not None:
            renewed = await self._find_by_key(trace.sha256, None)
        else:
            renewed = await self._find_outside(trace.principal)
        if renewed is None:
            raise UnauthenticatedError("The credentials are not valid any more.")
        return renewed

    async def _find_login(self, credentials: Credentials) -> Login | None:
        if not is_text(credentials.key):
            return None
        sha256 = self._hash_of(credentials)
        if sha256 is not None:
            return await self._find_by_key(sha256, credentials.user)
        if self._outside is not None and credentials.is_bearer:
            return await self._find_by_token(self._outside, credentials.key)
        return None

    async def _find_by_key(self, sha256: str, named: str | None) -> Login | None:
        known = await self._identity.find_key(sha256)
        if known is None or not _is_good(known, sha256, named):
            return None
        user = known.user
        return Login(principal=Principal(user=user.name, tenant=user.tenant, roles=user.roles), key=known.key)

    async def _find_by_token(self, outside: OutsideTokens, text: str) -> Login | None:
        """Let in whom a good token is about, for those of its tenants that exist and have not disabled the user."""
        user = await outside.read(text)
        if user is None:
            return None
        tenants = frozenset(user.tenants)
        return await self._find_outside(Principal(user=user.name, tenant="", roles=user.roles, tenants=tenants))

    async def _find_outside(self, principal: Principal) -> Login | None:
        tenants = await self._identity.choose_open_tenants(sorted(principal.tenants), principal.user)
        if not tenants and not principal.is_super_admin:
            return None
        alone = tenants[0] if len(tenants) == 1 else ""
        return Login(principal=replace(principal, tenant=alone, tenants=frozenset(tenants), is_outside=True), key=None)

    def _hash_of(self, credentials: Credentials) -> str | None:
        """Return the hash of the key that is shown; a token of ours names its key: both end together."""
        if is_well_formed(credentials.key):
            return hash_key(credentials.key)
        claims = self._signer.read(Purpose.ACCESS, credentials.key) if credentials.is_bearer else None
        return None if claims is None else str(claims["key"])

    def _note_failure(self, suspects: Sequence[str], now: float) -> None:
        """Count a failure. Raises: TooManyFailedLoginsError where one of the suspects has too many already."""
        if (wait := max(self._failed.wait_seconds(each, now) for each in suspects)) > 0:
            message = "Too many bad credentials came from this address or with this name; wait, then send good ones."
            raise TooManyFailedLoginsError(message, headers={"Retry-After": str(math.ceil(wait))})
        for each in suspects:
            self._failed.note(each, now)


def _is_good(known: KnownKey, sha256: str, named: str | None) -> bool:
    key = known.key
    return (
        hmac.compare_digest(key.sha256, sha256)
        and not known.user.disabled
        and not known.is_over
        and (named is None or hmac.compare_digest(fold(named).encode(), fold(key.user).encode()))
    )


def _list_suspects(credentials: Credentials, address: str | None) -> Sequence[str]:
    """List what is watched after a failure: where it came from, and the name that was used, if any."""
    origin = f"address {address}"
    return [origin] if credentials.user is None else [origin, f"user {credentials.user[:_NAME_CHARACTERS]}"]
