"""How a tenant spells the names of its users."""

from __future__ import annotations

from shared.ports.identity import IdentityStore
from shared.spelling import choose_spelling, fold


async def spell_user(identity: IdentityStore, tenant: str, name: str) -> str:
    """Return the name of a user as it is stored; in NFC where there is no such user. Raises: AmbiguousNameError."""
    if name.isascii():
        return name
    return choose_spelling(name, [each.name for each in await identity.list_users(tenant)]) or fold(name)
