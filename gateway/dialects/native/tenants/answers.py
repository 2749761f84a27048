"""The answers of tenants."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time
from shared.identity import TenantLimits


class TenantAnswer(TypedDict):
    """A tenant."""

    name: str
    databases: list[str]
    catalogue_database: str | None
    limits: TenantLimits
    created: Time | None


class TenantsAnswer(TypedDict):
    """A listing of tenants."""

    tenants: list[TenantAnswer]


class ServerDatabaseAnswer(TypedDict):
    """A database of the settings."""

    name: str


class ServerDatabasesAnswer(TypedDict):
    """All databases of the settings."""

    databases: list[ServerDatabaseAnswer]
