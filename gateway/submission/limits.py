"""A tenant's limits: its own where it has some, else those of the settings."""

from __future__ import annotations

from dataclasses import replace

from gateway.archives.upload_limits import UploadLimits
from shared.identity import TenantLimits
from shared.jobs.record import WAITING_LIMIT
from shared.jobs.requests import ExportRequest, JobRequest
from shared.resources import Resources


async def find_upload_limits(resources: Resources, tenant: str, most: int) -> UploadLimits:
    """Return the tenant's limits where an archive of `most` bytes is what anybody may bring."""
    limits = await read_limits(resources, tenant)
    return UploadLimits(most=_archive_limit(limits, most), quota=limits.max_total_bytes)


async def find_archive_limit(resources: Resources, tenant: str, most: int) -> int:
    """Return the size of the largest archive that the tenant may bring or make where `most` is what anybody may."""
    return _archive_limit(await read_limits(resources, tenant), most)


def _archive_limit(limits: TenantLimits, most: int) -> int:
    return most if limits.max_archive_bytes is None else min(most, limits.max_archive_bytes)


async def read_limits(resources: Resources, tenant: str) -> TenantLimits:
    """Return the tenant's own limits."""
    found = await resources.identity.get_tenant(tenant)
    return TenantLimits() if found is None else found.limits


def limit_request(request: JobRequest, limits: TenantLimits) -> JobRequest:
    """Return the request, bound to make no larger archive."""
    if not isinstance(request, ExportRequest) or limits.max_archive_bytes is None:
        return request
    return replace(request, max_bytes=min(request.max_bytes or limits.max_archive_bytes, limits.max_archive_bytes))


def waiting_limit(limits: TenantLimits) -> int:
    """Return how many jobs may wait for the tenant's slot."""
    return WAITING_LIMIT if limits.waiting_jobs is None else limits.waiting_jobs
