"""The spans of one attempt: itself, its phases, the batches that it writes; those that it reads are events.

Their number is bounded, whatever the job: what is beyond it is counted, and told by the attempt's own span.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Final

from shared.errors import GraphferryError
from shared.jobs.record import Phase
from shared.ports.jobs import Claim, JobStore
from shared.ports.tracing import Span, SpanKind, Tracer
from shared.trace_context import begin_trace

MOST_PHASES: Final = 100
"""Of one attempt: an export of many applications goes back and forth between two."""

MOST_WRITTEN: Final = 100
"""Batches of one attempt that have a span."""

MOST_READ: Final = 100
"""Batches of one phase that are events."""

MOST_LINKS: Final = 8
"""Jobs that this one repeats or waited for."""

LINK_SECONDS: Final = 1.0
"""How long it may take to read them: a job does not wait for that."""

_NOTHING: Final[AbstractContextManager[None]] = nullcontext()


class AttemptSpans:
    """What is traced of one attempt."""

    def __init__(self, claim: Claim, tracer: Tracer) -> None:
        self._tracer = tracer
        self._job = claim.job
        self._attempt = claim.attempt
        self._error = ""
        self._phase_name: Phase | None = None
        self._phases = self._written = self._read = self._read_in_phase = 0
        self._span = self._phase = self._start()

    def _start(self) -> Span:
        parent = self._job.trace or begin_trace()
        return self._tracer.start(
            f"job {self._job.kind}",
            parent,
            kind=SpanKind.CONSUMER,
            attributes={
                "graphferry.job.id": self._job.id,
                "graphferry.job.kind": self._job.kind,
                "graphferry.tenant": self._job.tenant,
                "graphferry.surface": self._job.surface,
                "graphferry.attempt": self._attempt,
            },
        )

    @property
    def trace_id(self) -> str:
        """What log lines of the attempt name."""
        return self._span.context.trace_id

    async def link(self, jobs: JobStore) -> None:
        """Link the jobs that this one repeats or waited for; one that cannot be read is left out."""
        others = (*self._job.depends_on, *((self._job.retry_of,) if self._job.retry_of else ()))
        with suppress(TimeoutError):
            async with asyncio.timeout(LINK_SECONDS):
                for job_id in others[:MOST_LINKS] if self._span.is_recorded else ():
                    with suppress(GraphferryError):
                        if (trace := (await jobs.get(job_id)).trace) is not None:
                            self._span.link(trace)

    def enter(self, phase: Phase) -> None:
        """Note the phase that the attempt is in now."""
        if not self._span.is_recorded or phase is self._phase_name:
            return
        self._end_phase()
        self._phase_name, self._phases, self._read_in_phase = phase, self._phases + 1, 0
        if self._phases <= MOST_PHASES:
            self._phase = self._tracer.start(f"phase {phase}", self._span.context)

    def write(self, rows: int) -> AbstractContextManager[None]:
        """Trace a batch that is written within the context."""
        if not self._span.is_recorded:
            return _NOTHING
        self._written += 1
        return self._write(rows) if self._written <= MOST_WRITTEN else _NOTHING

    @contextmanager
    def _write(self, rows: int) -> Iterator[None]:
        span = self._tracer.start("batch", self._phase.context, attributes={"graphferry.rows": rows})
        error = "NOT_WRITTEN"
        try:
            yield
            error = ""
        except GraphferryError as failure:
            error = failure.code
            raise
        finally:
            span.end(error=error)

    def read(self, rows: int) -> None:
        """Note a batch that is read."""
        if self._span.is_recorded:
            self._read += 1
            self._read_in_phase += 1
            if self._read_in_phase <= MOST_READ and self._phase is not self._span:
                self._phase.note("batch", {"graphferry.rows": rows})

    def tell_outcome(self, outcome: str, *, error: str = "") -> None:
        """Say how the attempt ends; the error is the code of a failure."""
        self._error = error
        if self._span.is_recorded:
            failure = {"graphferry.failure.code": error} if error else {}
            self._span.tell({"graphferry.outcome": outcome, **failure})

    def end(self) -> None:
        """It is over."""
        if self._span.is_recorded:
            self._end_phase()
            counts = {"phases": self._phases, "batches.written": self._written, "batches.read": self._read}
            self._span.tell({f"graphferry.{name}": count for name, count in counts.items()})
            self._span.end(error=self._error)

    def _end_phase(self) -> None:
        if self._phase is not self._span:
            self._phase.end()
            self._phase = self._span
