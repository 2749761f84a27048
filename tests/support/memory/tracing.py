"""A tracer that keeps its spans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.ports.tracing import Attributes, Span, SpanKind, Unrecorded
from shared.trace_context import TraceContext


@dataclass(slots=True, kw_only=True)
class MemorySpan:
    """A span, with all that was said of it."""

    name: str
    parent: TraceContext
    context: TraceContext
    kind: SpanKind
    attributes: dict[str, str | int]
    events: list[tuple[str, Mapping[str, str | int]]] = field(default_factory=list)
    links: list[TraceContext] = field(default_factory=list)
    has_ended: bool = False
    error: str = ""
    is_recorded: bool = True

    def tell(self, attributes: Attributes) -> None:
        self.attributes.update(attributes)

    def note(self, event: str, attributes: Attributes) -> None:
        self.events.append((event, attributes))

    def link(self, other: TraceContext) -> None:
        if other.span_id:
            self.links.append(other)

    def end(self, *, error: str = "") -> None:
        if not self.has_ended:
            self.has_ended, self.error = True, error


@dataclass(slots=True)
class MemoryTracer:
    """Keeps every span of the traces that are sampled, in the order in which they began."""

    spans: list[MemorySpan] = field(default_factory=list)
    is_on: bool = True
    dropped: int = 0

    def start(
        self,
        name: str,
        parent: TraceContext,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> Span:
        if parent.span_id and not parent.is_sampled:
            return Unrecorded(parent)
        span_id = f"{len(self.spans) + 1:016x}"
        context = TraceContext(trace_id=parent.trace_id, span_id=span_id, state=parent.state)
        made = MemorySpan(name=name, parent=parent, context=context, kind=kind, attributes=dict(attributes or {}))
        self.spans.append(made)
        return made

    def named(self, name: str) -> list[MemorySpan]:
        return [each for each in self.spans if each.name == name]
