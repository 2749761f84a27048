"""The figure of spans that were dropped."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from shared.ports.tracing import Tracer


class DroppedSpans(Collector):
    """Asks the tracer at each scrape."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @override
    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give the count so far."""
        text = "Spans of traces that did not get to the collector"
        yield CounterMetricFamily("graphferry_spans_dropped", text, value=self._tracer.dropped)
