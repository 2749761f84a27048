"""Who calls, for which tenant."""

from __future__ import annotations

from dataclasses import dataclass

from shared.identity import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A principal acting for a tenant."""

    principal: Principal
    tenant: str

    @property
    def user(self) -> str:
        """The user's name within the tenant."""
        return self.principal.user
