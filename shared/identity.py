"""Who may do what: tenants, principals, roles, API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """The wire's role names."""

    IMPORTER = "importer"
    ADMIN = "ADMIN"
    SUPERVISOR = "supervisor:pf"
    ARCHITECT = "application_architect"
    CATALOG_ADMINISTRATOR = "application_catalog_administrator"
    SUPER_ADMIN = "SUPER_ADMIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An owner of jobs and archives, with the databases that it may name."""

    name: str
    databases: tuple[str, ...]
    """In the order of preference; the first is the default catalogue database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who the credentials say the caller is."""

    user: str
    tenant: str
    """Empty for a SUPER_ADMIN, who names the tenant in the request."""
    roles: frozenset[Role]

    def has(self, *roles: Role) -> bool:
        """Return whether the caller has any of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def sees_all_jobs(self) -> bool:
        """Whether every job of the tenant is visible, not only the caller's own."""
        return self.has(Role.SUPERVISOR, Role.ADMIN, Role.SUPER_ADMIN)

    @property
    def may_import(self) -> bool:
        """Whether the caller may start an import."""
        return self.has(Role.IMPORTER, Role.ADMIN, Role.SUPER_ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as the store knows it: never the key itself."""

    sha256: str
    tenant: str
    user: str
    roles: frozenset[Role]
    last_four: str
    created: datetime
    expires: datetime | None = None
