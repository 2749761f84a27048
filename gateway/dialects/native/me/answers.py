"""The answer to who the caller is."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time
from shared.identity import Role


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
