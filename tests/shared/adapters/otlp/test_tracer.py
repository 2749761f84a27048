"""Spans go to the collector, or are dropped: whatever becomes of them, nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import structlog
from pydantic import SecretStr

from shared.adapters.otlp import queue, sending
from shared.adapters.otlp.tracer import open_tracer
from shared.ports.tracing import Tracer
from shared.settings.process import Settings
from shared.trace_context import TraceContext, begin_trace
from tests.support.collector import Collector, open_collector

TOKEN = "Bearer hush-hush"


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def trace(tracer: Tracer, spans: int = 1) -> None:
    for _ in range(spans):
        tracer.start("span", begin_trace()).end()


async def test_spans_say_whose_they_are_and_show_what_the_collector_asks_for() -> None:
    with open_collector() as collector:
        headers = {"Authorization": SecretStr(TOKEN)}
        settings = Settings(installation="ours", tracing_endpoint=collector.url, tracing_headers=headers)
        async with open_tracer(settings, "graphferry-tests") as tracer:
            trace(tracer)
        (span,) = collector.spans
        assert span.resource["service.name"] == "graphferry-tests"
        assert span.resource["service.namespace"] == "ours"
        assert collector.requests[0]["Authorization"] == TOKEN
        assert "hush" not in repr(span)
        assert tracer.dropped == 0


async def test_the_share_counts_for_traces_that_begin_here_alone() -> None:
    with open_collector() as collector:
        settings = Settings(tracing_endpoint=collector.url, tracing_sample=0)
        async with open_tracer(settings, "tests") as tracer:
            begun = tracer.start("begun", begin_trace())
            assert not begun.is_recorded
            tracer.start("child of it", begun.context).end()
            tracer.start("called", TraceContext(trace_id="ab" * 16, span_id="cd" * 8)).end()
        assert [each.name for each in collector.spans] == ["called"]


def say_nothing(_: Collector) -> None:
    pass


def answer_500(collector: Collector) -> None:
    collector.status = 500


def send_elsewhere(collector: Collector) -> None:
    collector.status, collector.headers = 302, {"Location": collector.url}


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [(answer_500, "500 Internal Server Error"), (send_elsewhere, "302 Found"), (None, "Connection refused")],
)
async def test_a_collector_that_refuses_costs_spans_alone(
    prepare: Callable[[Collector], None] | None, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.5)
    with structlog.testing.capture_logs() as lines, open_collector() as collector:
        settings = Settings(tracing_endpoint=collector.url if prepare else "http://127.0.0.1:9")
        (prepare or say_nothing)(collector)
        async with open_tracer(settings, "tests") as tracer:
            for lost in (1, 2, 3):
                trace(tracer)
                wait_until(lambda lost=lost: tracer.dropped == lost)  # type: ignore[misc]
        assert collector.spans == []
    at_once, at_the_end = lines
    for line, spans in (at_once, 1), (at_the_end, 2):
        assert (line["event"], line["spans"], line["log_level"]) == ("spans dropped", spans, "warning")
        assert reason in line["reason"]


async def test_a_collector_that_hangs_holds_up_neither_spans_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 20)
    monkeypatch.setattr(queue, "CLOSE_SECONDS", 0.2)
    with open_collector(is_held=True) as collector:
        async with open_tracer(Settings(tracing_endpoint=collector.url), "tests") as tracer:
            trace(tracer)
            wait_until(lambda: len(collector.requests) == 1)
            trace(tracer, 50)
            assert tracer.dropped == 30
        assert tracer.dropped == 50  # those that waited, too
        assert not collector.held.is_set()
        assert collector.spans == []


async def test_what_waits_at_the_end_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "CLOSE_SECONDS", 30.0)
    with open_collector() as collector:
        async with open_tracer(Settings(tracing_endpoint=collector.url), "tests") as tracer:
            trace(tracer, 1200)
        assert len(collector.spans) == 1200


async def test_attributes_are_cut() -> None:
    with open_collector() as collector:
        async with open_tracer(Settings(tracing_endpoint=collector.url), "tests") as tracer:
            tracer.start("long", begin_trace(), attributes={"name": "x" * 10_000}).end()
        (span,) = collector.spans
        assert span.attributes["name"] == "x" * 256
