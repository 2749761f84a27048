"""How much may arrive."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import QuotaExceededError, TooLargeError
from shared.ports.archives import ArchiveStore


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """How much a tenant may bring, in bytes."""

    most: int
    """Of one archive."""
    quota: int | None
    """Of all that lies in the tenant's folder together; None: no limit."""


def require_fitting(size: int, limit: int) -> None:
    """Refuse what is too large. Raises: TooLargeError."""
    if size > limit:
        raise TooLargeError(f"The upload is above the limit of {limit} bytes.")


async def require_room(archives: ArchiveStore, tenant: str, size: int, quota: int | None) -> None:
    """Refuse what cannot fit into the tenant's quota as its folder is, before it comes. Raises: QuotaExceededError."""
    if quota is not None and (there := await archives.measure(tenant)) + size > quota:
        raise QuotaExceededError(limit=quota, there=there, size=size)
