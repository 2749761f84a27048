"""The answer to who the caller is, and the function that makes it."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.api_keys import ApiKey
from shared.caller import Caller
from shared.identity import Principal, Role


class PermissionsAnswer(TypedDict):
    """What the caller may do."""

    may_import: bool
    may_administer: bool
    sees_all_jobs: bool
    may_use_catalogue: bool
    is_super_admin: bool


class OwnKeyAnswer(TypedDict):
    """The key that the caller shows."""

    id: str
    name: str | None
    last_four: str
    expires: Time | None


class MeAnswer(TypedDict):
    """Who the credentials say the caller is."""

    user: str
    tenant: str | None
    roles: list[Role]
    databases: list[str]
    tenants: list[str]
    permissions: PermissionsAnswer
    key: OwnKeyAnswer | None


def view_me(
    principal: Principal,
    caller: Caller | None,
    *,
    key: ApiKey | None,
    databases: Sequence[str],
    tenants: Sequence[str],
) -> MeAnswer:
    """Return who the caller is; without a tenant where none is named."""
    return {
        "user": principal.user,
        "tenant": None if caller is None else caller.tenant,
        "roles": sorted(principal.roles),
        "databases": list(databases),
        "tenants": list(tenants),
        "permissions": {
            "may_import": principal.may_import,
            "may_administer": principal.may_administer,
            "sees_all_jobs": principal.sees_all_jobs,
            "may_use_catalogue": principal.may_use_catalogue,
            "is_super_admin": principal.is_super_admin,
        },
        "key": None if key is None else _view_own_key(key),
    }


def _view_own_key(key: ApiKey) -> OwnKeyAnswer:
    return {"id": key.id, "name": key.name, "last_four": key.last_four, "expires": view_time(key.expires)}
