"""A collector of traces: takes OTLP over HTTP in a thread of its own, and keeps what arrives."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A span that has arrived; ids in hexadecimal, times in nanoseconds."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    state: str
    begin: int
    end: int
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...]
    links: tuple[str, ...]
    """The spans that it names."""
    is_error: bool


@dataclass(slots=True)
class Collector:
    """What it answers, and what it got."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    """Of the answer."""
    held: threading.Event = field(default_factory=threading.Event)
    """Answers wait until it is set."""
    asked: threading.Event = field(default_factory=threading.Event)
    """Set once something has come."""
    spans: list[Received] = field(default_factory=list)
    requests: list[Mapping[str, str]] = field(default_factory=list)
    """The headers of each."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, *names: str, trace_id: str | None = None) -> list[Received]:
        """Wait until a span of each name has arrived, of this trace if one is named; give all of it."""
        give_up = time.monotonic() + WAIT_SECONDS
        while True:
            found = [each for each in list(self.spans) if trace_id in {None, each.trace_id}]
            if set(names) <= {each.name for each in found}:
                return found
            assert time.monotonic() < give_up, (names, [each.name for each in found])
            time.sleep(0.02)

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append(dict(request.headers))
        self.asked.set()
        body = await request.read()
        await asyncio.to_thread(self.held.wait)
        if self.status == 200:
            self.spans.extend(read_spans(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
        return web.Response(status=self.status, headers=self.headers)


def read_spans(body: bytes) -> Iterator[Received]:
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _read_attributes(group.resource.attributes)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Received(
                    service=resource["service.name"],
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    kind=span.kind,
                    state=span.trace_state,
                    begin=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    attributes=_read_attributes(span.attributes),
                    resource=resource,
                    events=tuple((each.name, _read_attributes(each.attributes)) for each in span.events),
                    links=tuple(each.span_id.hex() for each in span.links),
                    is_error=span.status.code == 2,
                )


def _read_attributes(attributes: Any) -> Mapping[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def open_collector(*, is_held: bool = False) -> Iterator[Collector]:
    """Collect on a port of its own; held, it answers nobody before it is told to."""
    collector, ready, ended = Collector(), threading.Event(), threading.Event()
    if not is_held:
        collector.held.set()

    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/v1/traces", collector.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        collector.port = runner.addresses[0][1]
        ready.set()
        await asyncio.to_thread(ended.wait)
        await runner.cleanup()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(WAIT_SECONDS)
    try:
        yield collector
    finally:
        collector.held.set()
        ended.set()
        thread.join()
