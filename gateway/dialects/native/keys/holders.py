"""Whose keys a caller may manage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aiohttp import web

from gateway.keys import API_KEY, CALLER, PRINCIPAL, RESOURCES
from shared.api_keys import ApiKey
from shared.errors import ForbiddenError, NotFoundError, UnknownUserError
from shared.identity import EVERYONE, User
from shared.rights.users import spell_user
from shared.spelling import is_same


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A user of a tenant, or all of them, or nobody."""

    tenant: str
    user: str
    """`*`: every user; empty: nobody, for a name of an outside issuer must not open the keys of one of ours."""

    @classmethod
    def of(cls, request: web.Request, named: str | None) -> Self:
        """Return the caller, or whom an administrator names. Raises: ForbiddenError."""
        principal, caller = request[PRINCIPAL], request.get(CALLER)
        tenant = principal.tenant if caller is None else caller.tenant
        if named is None or (tenant == principal.tenant and is_same(named, principal.user)):
            return cls(tenant=principal.tenant, user=principal.user if API_KEY in request else "")
        if not principal.may_administer:
            raise ForbiddenError("Only an administrator may handle the keys of others.")
        return cls(tenant=tenant, user=named)

    def has(self, key: ApiKey) -> bool:
        """Return whether the key is one of these."""
        return key.tenant == self.tenant and (self.user == EVERYONE or is_same(self.user, key.user))


async def require_holder(request: web.Request, named: str | None) -> User:
    """Return the user for whom a key may be made. Raises: ForbiddenError, UnknownUserError."""
    holder = Holder.of(request, named)
    if not holder.user:
        raise ForbiddenError("Keys are for users who log in with keys; yours come from an outside issuer.")
    identity = request.app[RESOURCES].identity
    user = await identity.get_user(holder.tenant, await spell_user(identity, holder.tenant, holder.user))
    if user is None:
        raise UnknownUserError(holder.user)
    return user


async def require_key(request: web.Request) -> ApiKey:
    """Return the key that the path names: an own one, or for an administrator any of the tenant.

    Raises: NotFoundError, also for a key that is not the caller's to handle.
    """
    own = Holder.of(request, None)
    holders = [own, Holder.of(request, EVERYONE)] if request[PRINCIPAL].may_administer else [own]
    key_id = request.match_info["key_id"]
    for tenant in dict.fromkeys(holder.tenant for holder in holders):
        for key in await request.app[RESOURCES].identity.list_keys(tenant):
            if key.id == key_id and any(holder.has(key) for holder in holders):
                return key
    raise NotFoundError(f"Key {key_id!r} is unknown.")
