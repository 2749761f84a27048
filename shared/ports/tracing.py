"""Spans of distributed traces: what took how long, within what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol, TypeAlias

from shared.trace_context import TraceContext

Attributes: TypeAlias = Mapping[str, str | int]
"""Names by the semantic conventions where they have one; never a secret, never content."""


class SpanKind(Enum):
    """How a span stands to its parent."""

    INTERNAL = auto()
    SERVER = auto()
    """Answers a request."""
    CONSUMER = auto()
    """Does what a queue brought."""


class Span(Protocol):
    """Something that takes time. No call raises or waits."""

    @property
    def context(self) -> TraceContext:
        """What belongs to this span is a child of."""
        ...

    @property
    def is_recorded(self) -> bool:
        """Whether anything said of it is kept."""
        ...

    def tell(self, attributes: Attributes) -> None:
        """Say something of it."""
        ...

    def note(self, event: str, attributes: Attributes) -> None:
        """Note what happens in it now."""
        ...

    def link(self, other: TraceContext) -> None:
        """Say that it has to do with a span that is not its parent."""
        ...

    def end(self, *, error: str = "") -> None:
        """It is over now; the error is a stable code. Only the first call counts."""
        ...


class Tracer(Protocol):
    """Begins spans. No call raises or waits, whatever becomes of what is exported."""

    @property
    def is_on(self) -> bool:
        """Whether any span is recorded."""
        ...

    @property
    def dropped(self) -> int:
        """Spans so far that did not get to where they are collected."""
        ...

    def start(
        self,
        name: str,
        parent: TraceContext,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> Span:
        """Begin a span now: a child, or the first of its trace where the parent names no span."""
        ...


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A span that is not recorded: children of it are its parent's."""

    context: TraceContext
    is_recorded: bool = False

    def tell(self, attributes: Attributes) -> None:
        """Do nothing."""

    def note(self, event: str, attributes: Attributes) -> None:
        """Do nothing."""

    def link(self, other: TraceContext) -> None:
        """Do nothing."""

    def end(self, *, error: str = "") -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class NoTracer:
    """Records nothing."""

    is_on: bool = False
    dropped: int = 0

    def start(
        self,
        name: str,
        parent: TraceContext,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> Span:
        """Return a span that is not recorded."""
        del name, kind, attributes
        return Unrecorded(parent)
