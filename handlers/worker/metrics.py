"""The worker's figures, and the port that they are on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, start_http_server

from shared.errors import UnavailableError
from shared.jobs.record import JobKind, Phase
from shared.process_metrics import ProcessMetrics
from shared.settings.process import Settings


class WorkerMetrics(ProcessMetrics):
    """Counters of one worker process."""

    def __init__(self) -> None:
        super().__init__()
        self._phases = Counter(
            "graphferry_phase_seconds", "Seconds of attempts in a phase", ["kind", "phase"], registry=self.registry
        )

    def count_phase(self, kind: JobKind, phase: Phase, seconds: float) -> None:
        """Count a phase that is over."""
        self._phases.labels(kind, phase).inc(seconds)


@contextmanager
def serve_metrics(metrics: WorkerMetrics, settings: Settings, *, place: int) -> Iterator[None]:
    """Serve the metrics for the time of the context, where settings name a port.

    The worker at a place of a pool, counted from 0, has a port of its own: so many above. Raises: UnavailableError.
    """
    if settings.worker_metrics_port == 0:
        yield
        return
    port = settings.worker_metrics_port + place
    try:
        server, thread = start_http_server(port, settings.host, registry=metrics.registry)
    except OSError as error:
        message = (
            f"The port {port} for the metrics (GRAPHFERRY_WORKER_METRICS_PORT) cannot be opened: {error.strerror}."
        )
        raise UnavailableError(message) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
