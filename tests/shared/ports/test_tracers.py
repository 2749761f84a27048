"""What every tracer does, whether it keeps its spans or sends them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import pytest

from shared.adapters.otlp.tracer import open_tracer
from shared.ports.tracing import SpanKind, Tracer
from shared.settings.process import Settings
from shared.trace_context import TraceContext, begin_trace
from tests.support.collector import open_collector
from tests.support.memory.tracing import MemoryTracer

CALLER = TraceContext(trace_id="ab" * 16, span_id="cd" * 8, state="vendor=1")


@dataclass(frozen=True, slots=True)
class Kept:
    """A span as it was kept."""

    name: str
    trace_id: str
    parent_id: str
    attributes: dict[str, object]
    events: int
    links: Sequence[str]
    is_error: bool


@dataclass(frozen=True, slots=True)
class Rig:
    tracer: Tracer
    read: Callable[[str], Sequence[Kept]]
    """Gives all spans, once one of this name is there."""


@pytest.fixture(params=["memory", "otlp"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "memory":
        tracer = MemoryTracer()

        def read_memory(_: str) -> Sequence[Kept]:
            return [
                Kept(
                    each.name,
                    each.context.trace_id,
                    each.parent.span_id,
                    {**each.attributes},
                    len(each.events),
                    [link.span_id for link in each.links],
                    bool(each.error),
                )
                for each in tracer.spans
                if each.has_ended
            ]

        yield Rig(tracer, read_memory)
        return
    with open_collector() as collector:

        def read_collected(name: str) -> Sequence[Kept]:
            return [
                Kept(
                    each.name,
                    each.trace_id,
                    each.parent_id,
                    {**each.attributes},
                    len(each.events),
                    list(each.links),
                    each.is_error,
                )
                for each in collector.wait_for(name)
            ]

        async with open_tracer(Settings(tracing_endpoint=collector.url), "tests") as opened:
            yield Rig(opened, read_collected)


def test_a_span_is_the_child_of_its_parent(rig: Rig) -> None:
    span = rig.tracer.start("one", CALLER, kind=SpanKind.SERVER, attributes={"a": "x"})
    assert (span.context.trace_id, span.context.state, span.context.is_sampled) == (CALLER.trace_id, "vendor=1", True)
    assert span.context.span_id not in {"", CALLER.span_id}
    child = rig.tracer.start("two", span.context)
    child.tell({"b": 2})
    child.note("batch", {"rows": 1})
    child.link(TraceContext(trace_id="12" * 16, span_id="34" * 8))
    child.link(begin_trace())
    child.end(error="GONE")
    child.end()
    span.end()
    one, two = sorted(rig.read("one"), key=lambda each: each.name)
    assert (one.trace_id, one.parent_id, one.attributes) == (CALLER.trace_id, CALLER.span_id, {"a": "x"})
    assert (two.trace_id, two.parent_id) == (CALLER.trace_id, span.context.span_id)
    assert (two.attributes["b"], two.events, two.links, two.is_error) == (2, 1, ["34" * 8], True)
    assert not one.is_error


def test_a_trace_that_begins_has_the_id_that_it_was_given(rig: Rig) -> None:
    begun = begin_trace()
    rig.tracer.start("first", begun).end()
    (first,) = rig.read("first")
    assert (first.trace_id, first.parent_id) == (begun.trace_id, "")


def test_what_its_caller_does_not_keep_is_not_kept(rig: Rig) -> None:
    unsampled = TraceContext(trace_id="ab" * 16, span_id="cd" * 8, is_sampled=False)
    span = rig.tracer.start("unsampled", unsampled)
    assert not span.is_recorded
    assert span.context == unsampled
    span.end()
    rig.tracer.start("kept", CALLER).end()
    assert [each.name for each in rig.read("kept")] == ["kept"]
