"""Who somebody is today, who asked for something before."""

from __future__ import annotations

from collections.abc import Sequence

from shared.identity import Principal, Role
from shared.ports.identity import IdentityStore


async def find_principal(
    identity: IdentityStore, *, tenant: str, user: str, home: str | None, roles: Sequence[str]
) -> Principal | None:
    """Return the user with the rights of today; None for one who is gone or disabled, or may not act for the tenant.

    `home`: the tenant that keeps the user, empty for one of the installation; None: an outside issuer does, and `roles`
    are all that is known.
    """
    if home is None:
        principal = Principal(user=user, tenant=tenant, roles=frozenset(map(Role, roles)), is_outside=True)
        is_open = bool(await identity.choose_open_tenants([tenant], user))
        return principal if is_open or principal.is_super_admin else None
    found = await identity.get_user(home, user)
    if found is None or found.disabled:
        return None
    principal = Principal(user=found.name, tenant=found.tenant, roles=found.roles)
    return principal if principal.is_super_admin or found.tenant == tenant else None
