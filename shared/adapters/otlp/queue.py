"""Holds spans that are over, and sends them in a thread of its own: what becomes of them holds up nobody."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from typing_extensions import override

MOST_WAITING: Final = 4096
"""Spans that wait to be sent; further ones are dropped."""

BATCH: Final = 512
"""Spans that are sent at once."""

PAUSE_SECONDS: Final = 1.0
"""How long a span waits for others at the most, before it is sent with them."""

CLOSE_SECONDS: Final = 0.8
"""How long what still waits may take at the end: a worker that stops has five seconds for all."""

TELL_SECONDS: Final = 60.0
"""How often the log says that spans are dropped."""


class SpanQueue(SpanProcessor):
    """A bounded queue, emptied by a thread."""

    def __init__(self, exporter: SpanExporter, *, tell_trouble: Callable[[], str]) -> None:
        """`tell_trouble` says why the last sending failed."""
        self._exporter = exporter
        self._tell_trouble = tell_trouble
        self._waiting: deque[ReadableSpan] = deque()
        # Each is counted by one side alone: by those that end spans, and by the thread.
        self._refused = 0
        self._lost = 0
        self._told, self._told_at = 0, -TELL_SECONDS
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Spans so far that were not sent."""
        return self._refused + self._lost

    @override
    def on_end(self, span: ReadableSpan) -> None:
        """Take a span; drop it where too many wait."""
        if self._is_closing or len(self._waiting) >= MOST_WAITING:
            self._refused += 1
            self._tell_dropped()  # the thread may hang in a sending
            return
        self._waiting.append(span)
        if len(self._waiting) >= BATCH:
            self._wake.set()

    def close(self) -> None:
        """Send what waits, as far as it goes at once; then leave the thread to itself."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(CLOSE_SECONDS)
        self._refused += len(self._waiting)
        self._told_at = -TELL_SECONDS
        self._tell_dropped()
        self._exporter.shutdown()

    def _run(self) -> None:
        while not self._is_closing:
            self._wake.wait(PAUSE_SECONDS)
            self._wake.clear()
            self._send_waiting()
        self._send_waiting()

    def _send_waiting(self) -> None:
        while batch := self._take():
            is_sent = self._send(batch)
            self._lost += 0 if is_sent else len(batch)
            self._tell_dropped()
            if not is_sent and self._is_closing:
                return

    def _send(self, batch: Sequence[ReadableSpan]) -> bool:
        try:
            return self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception:  # noqa: BLE001 - whatever it is, the next batch may go
            structlog.get_logger(__name__).exception("spans not sent")
            return False

    def _take(self) -> Sequence[ReadableSpan]:
        return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _tell_dropped(self) -> None:
        now, dropped = time.monotonic(), self.dropped
        if dropped > self._told and now - self._told_at >= TELL_SECONDS:
            log = structlog.get_logger(__name__)
            log.warning("spans dropped", spans=dropped - self._told, reason=self._tell_trouble() or "the queue is full")
            self._told, self._told_at = dropped, now
