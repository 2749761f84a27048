"""How much may arrive."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import TooLargeError


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
