"""What a tenant's quota leaves for one file beside all that lies in the tenant's folder."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import QuotaExceededError


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The room of one file, in bytes."""

    quota: int
    """What all may take together."""
    there: int
    """What the others take."""

    def require(self, size: int) -> int:
        """Return how many bytes are left when the file has this size. Raises: QuotaExceededError."""
        if self.there + size > self.quota:
            raise QuotaExceededError(limit=self.quota, there=self.there, size=size)
        return self.quota - self.there - size
