"""The bodies of tenants."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.bodies.parsing import MOST_NAMES
from shared.identity import Tenant, TenantLimits, require_tenant_name

Name = Annotated[str, Field(min_length=1)]
Databases = Annotated[tuple[Name, ...], Field(max_length=MOST_NAMES, strict=False)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class LimitsBody(_Body):
    """What a tenant may take up; null, or nothing: as much as the settings allow."""

    max_archive_bytes: Annotated[int | None, Field(gt=0)] = None
    waiting_jobs: Annotated[int | None, Field(ge=0, le=1000)] = None
    max_total_bytes: Annotated[int | None, Field(gt=0)] = None
    keep_archives_days: Annotated[int | None, Field(gt=0, le=36_500)] = None

    def to_limits(self) -> TenantLimits:
        """Return the limits."""
        return TenantLimits(
            max_archive_bytes=self.max_archive_bytes,
            waiting_jobs=self.waiting_jobs,
            max_total_bytes=self.max_total_bytes,
            keep_archives_days=self.keep_archives_days,
        )


class NewTenantBody(_Body):
    """What POST /tenants sends."""

    name: Name
    databases: Databases = ()
    catalogue_database: Name | None = None
    limits: LimitsBody = LimitsBody()

    def to_tenant(self, now: datetime) -> Tenant:
        """Return the tenant. Raises: InvalidRequestError."""
        return Tenant(
            name=require_tenant_name(self.name),
            databases=tuple(dict.fromkeys(self.databases)),
            catalogue_database=self.catalogue_database,
            limits=self.limits.to_limits(),
            created=now,
        )


class TenantChangeBody(_Body):
    """What PATCH /tenants/{name} sends: what is not named stays; limits are replaced as a whole."""

    databases: Databases | None = None
    catalogue_database: Name | None = None
    limits: LimitsBody | None = None

    def apply_to(self, tenant: Tenant) -> Tenant:
        """Return the tenant as it shall be."""
        named = self.model_fields_set
        return replace(
            tenant,
            databases=tenant.databases if self.databases is None else tuple(dict.fromkeys(self.databases)),
            catalogue_database=self.catalogue_database if "catalogue_database" in named else tenant.catalogue_database,
            limits=tenant.limits if self.limits is None else self.limits.to_limits(),
        )
