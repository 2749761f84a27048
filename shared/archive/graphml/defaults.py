"""Labels and types for elements of foreign documents that name none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDefaults:
    """What elements get that say nothing: graphs of other tools need not know labels or types."""

    label: str | None = None
    type: str | None = "RELATED"
