"""The facts of an error, from which each dialect forms its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFacts:
    """An error on its way out."""

    status: int
    code: str
    message: str
    details: tuple[str, ...]
    request_id: str
    trace_id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """What this one error says besides, by name."""
