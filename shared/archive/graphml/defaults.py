"""Labels and types for elements of foreign documents that name none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDefaults:
    """What elements get that say nothing: graphs of other tools need not know labels or types."""

    label: str | None = None
    type: str | None = "RELATED"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take what the installation wants."""
        return cls(label=settings.foreign_label, type=settings.foreign_type)
