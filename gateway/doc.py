"""What the OpenAPI document says of one route."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

JSON: Final = "application/json"
BYTES: Final = MappingProxyType({"type": "string", "format": "binary"})
"""The schema of a file."""
TEXT: Final = MappingProxyType({"type": "string"})
LOCATION: Final = MappingProxyType({"Location": "Where it is, as an absolute link."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a route answers when all goes well."""

    text: str = "What was asked for."
    model: Any = None
    """A TypedDict, a dataclass or whatever else has a JSON schema; None: the body is no JSON, or there is none."""
    media_types: tuple[str, ...] = (JSON,)
    """What the body may be; none: there is no body."""
    schema: Mapping[str, Any] = field(default_factory=lambda: BYTES)
    """Where there is no model."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What they say, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carries."""

    model: type[BaseModel] | None = None
    """None: it is no JSON."""
    media_types: tuple[str, ...] = (JSON,)
    """What it may be."""
    example: Any = None
    schema: Mapping[str, Any] = field(default_factory=lambda: BYTES)
    """Where there is no model."""
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """What a caller must know of a route beside its path.

    The refusals that follow from who may call it, and from what a request carries, are added by themselves.
    """

    summary: str
    answers: Mapping[int, Answer]
    """By status."""
    body: Body | None = None
    query: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """What requests may or must carry, by name; a text that begins with `!` is of one that they must."""
    refusals: frozenset[int] = frozenset()
    """Further statuses that it may refuse with, in the surface's own form of errors."""


NO_CONTENT: Final = Answer(text="Done.", media_types=())


def refusals(*statuses: int) -> frozenset[int]:
    """Return statuses as a `Doc` takes them."""
    return frozenset(statuses)
