"""The figures that gateways and workers alike have of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Info
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from shared.archive.manifest import TOOL_VERSION
from shared.ports.tracing import Tracer


class ProcessMetrics:
    """Figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._loop_errors = Counter(
            "graphferry_loop_errors", "Errors of this process's background loops", ["loop"], registry=self.registry
        )
        Info("graphferry_build", "What runs here", registry=self.registry).info({"version": TOOL_VERSION})

    def count_loop_error(self, loop: str) -> None:
        """Count an error of a background loop."""
        self._loop_errors.labels(loop).inc()

    def watch(self, tracer: Tracer) -> None:
        """Tell of the spans that the tracer drops."""
        self.registry.register(_DroppedSpans(tracer))


class _DroppedSpans(Collector):
    """Asks the tracer at each scrape."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @override
    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give the count so far."""
        text = "Spans of traces that did not get to the collector"
        yield CounterMetricFamily("graphferry_spans_dropped", text, value=self._tracer.dropped)
