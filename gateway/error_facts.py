"""The facts of an error, from which each dialect forms its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFacts:
    """An error on its way out."""

    status: int
    code: str
    message: str
    details: tuple[str, ...]
    request_id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """What this one error says besides, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """An error as one surface writes it."""

    content: Mapping[str, Any]
    content_type: str = "application/json"


ErrorForm: TypeAlias = Callable[[ErrorFacts], ErrorBody]
