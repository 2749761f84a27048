"""Makes spans with OpenTelemetry."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)
from opentelemetry.trace import Span as LibrarySpan
from opentelemetry.trace import SpanKind as LibraryKind
from typing_extensions import override

from shared.adapters.otlp.queue import SpanQueue
from shared.adapters.otlp.sending import Session, open_exporter
from shared.archive.manifest import TOOL_VERSION
from shared.ports.tracing import Attributes, Span, SpanKind, Tracer, Unrecorded
from shared.settings.process import Settings
from shared.trace_context import TraceContext

_SCOPE: Final = "graphferry"

_KINDS: Final[Mapping[SpanKind, LibraryKind]] = {
    SpanKind.INTERNAL: LibraryKind.INTERNAL,
    SpanKind.SERVER: LibraryKind.SERVER,
    SpanKind.CONSUMER: LibraryKind.CONSUMER,
}

_LIMITS: Final = SpanLimits(max_span_attributes=32, max_events=128, max_links=32, max_span_attribute_length=256)
"""Names are shorter: what is longer is cut."""


@asynccontextmanager
async def open_tracer(settings: Settings, service: str) -> AsyncIterator[Tracer]:
    """Open what makes spans of this service and sends them; at the end what waits is sent, for a moment."""
    session = Session(settings.tracing_ca_file)
    queue = SpanQueue(open_exporter(settings, session), tell_trouble=lambda: session.trouble)
    try:
        yield OtlpTracer(queue, _describe(settings, service), sample=settings.tracing_sample)
    finally:
        await asyncio.to_thread(queue.close)


def _describe(settings: Settings, service: str) -> Resource:
    # Without the library's own look at the environment and the command line.
    return Resource(
        {
            "service.name": service,
            "service.namespace": settings.installation,
            "service.version": TOOL_VERSION,
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
    )


class _GivenIds(RandomIdGenerator):
    """Gives a trace the id that its log lines have already."""

    trace_id = 0

    @override
    def generate_trace_id(self) -> int:
        return self.trace_id


class OtlpTracer:
    """Makes spans, all from one thread."""

    def __init__(self, queue: SpanQueue, resource: Resource, *, sample: float) -> None:
        self._queue = queue
        self._ids = _GivenIds()
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(sample)),
            resource=resource,
            shutdown_on_exit=False,
            id_generator=self._ids,
            span_limits=_LIMITS,
        )
        provider.add_span_processor(queue)
        self._tracer = provider.get_tracer(_SCOPE, TOOL_VERSION)

    @property
    def is_on(self) -> bool:
        """Spans are recorded."""
        return True

    @property
    def dropped(self) -> int:
        """Spans so far that were not sent."""
        return self._queue.dropped

    def start(
        self,
        name: str,
        parent: TraceContext,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> Span:
        """Begin a span now."""
        if parent.span_id and not parent.is_sampled:
            return Unrecorded(parent)
        context = Context()
        if parent.span_id:
            context = set_span_in_context(NonRecordingSpan(_to_library(parent)), context)
        else:
            self._ids.trace_id = int(parent.trace_id, 16)
        return OtlpSpan(self._tracer.start_span(name, context, _KINDS[kind], attributes), parent)


class OtlpSpan:
    """A span of the library, which knows its place."""

    __slots__ = ("_span", "context", "is_recorded")

    def __init__(self, span: LibrarySpan, parent: TraceContext) -> None:
        made = span.get_span_context()
        self._span = span
        self.is_recorded = span.is_recording()
        self.context = TraceContext(
            trace_id=parent.trace_id,
            span_id=f"{made.span_id:016x}",
            is_sampled=made.trace_flags.sampled,
            state=parent.state,
        )

    def tell(self, attributes: Attributes) -> None:
        """Say something of it."""
        self._span.set_attributes(attributes)

    def note(self, event: str, attributes: Attributes) -> None:
        """Note what happens in it now."""
        self._span.add_event(event, attributes)

    def link(self, other: TraceContext) -> None:
        """Say that it has to do with another span; one that is only a trace is left out."""
        if other.span_id:
            self._span.add_link(_to_library(other))

    def end(self, *, error: str = "") -> None:
        """It is over now."""
        if error:
            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _to_library(context: TraceContext) -> SpanContext:
    return SpanContext(
        trace_id=int(context.trace_id, 16),
        span_id=int(context.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if context.is_sampled else TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([context.state]) if context.state else None,
    )
