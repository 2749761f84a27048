"""The gateway's figures, in a registry of its own."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from gateway.store_metrics import StoreMetrics
from shared.archive.manifest import TOOL_VERSION
from shared.dropped_spans import DroppedSpans
from shared.errors import StoreUnavailableError
from shared.jobs.record import Job
from shared.ports.jobs import WorkerFacts
from shared.ports.tracing import Tracer
from shared.resources import Resources

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class GatewayMetrics:
    """Counters of one gateway, with what the store has counted at each scrape."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._of_routes: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "graphferry_requests",
            "Requests answered, by route and status",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._latency = Histogram(
            "graphferry_request_seconds",
            "Seconds from a request's head to the end of its answer",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._submissions = Counter(
            "graphferry_jobs_submitted",
            "Jobs accepted by this gateway",
            ["kind", "surface"],
            registry=self._registry,
        )
        self._loop_errors = Counter(
            "graphferry_loop_errors",
            "Errors of this gateway's background loops",
            ["loop"],
            registry=self._registry,
        )
        self._store = StoreMetrics()
        self._registry.register(self._store)
        self._store_up = Gauge(
            "graphferry_store_up", "Whether the store answered this gateway's last question", registry=self._registry
        )
        self._store_seconds = Histogram(
            "graphferry_store_seconds",
            "Seconds until the store answered a scrape's first question",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._workers = Gauge("graphferry_workers", "Workers that live", ["state"], registry=self._registry)
        self._space = Gauge(
            "graphferry_archives_volume_bytes",
            "The volume of the archives, and what is free of it",
            ["part"],
            registry=self._registry,
        )
        self._tenant_bytes = Gauge(
            "graphferry_tenant_archives_bytes",
            "All that lies in a tenant's archive folder",
            ["tenant"],
            registry=self._registry,
        )
        Info("graphferry_build", "What runs here", registry=self._registry).info({"version": TOOL_VERSION})
        self._clocks = Gauge(
            "graphferry_worker_clock_ahead_seconds",
            "By how much a worker's clock is ahead of the store's",
            ["worker"],
            registry=self._registry,
        )

    def count_request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        answered, latency = self._of_route(route, method, status)
        answered.inc()
        latency.observe(seconds)

    def _of_route(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """Return the route's own figures; the library looks labels up by their texts each time."""
        found = self._of_routes.get((route, method, status))
        if found is None:
            found = self._requests.labels(route, method, str(status)), self._latency.labels(route)
            self._of_routes[route, method, status] = found
        return found

    def count_submission(self, job: Job) -> None:
        """Count an accepted job."""
        self._submissions.labels(job.kind, job.surface).inc()

    def count_loop_error(self, loop: str) -> None:
        """Count an error of a background loop."""
        self._loop_errors.labels(loop).inc()

    def show_archive_bytes(self, by_tenant: Mapping[str, int]) -> None:
        """Show what was measured last of the tenants' archive folders."""
        self._tenant_bytes.clear()
        for tenant, size in by_tenant.items():
            self._tenant_bytes.labels(tenant).set(size)

    def watch(self, tracer: Tracer) -> None:
        """Tell of the spans that the tracer drops."""
        self._registry.register(DroppedSpans(tracer))

    async def look(self, resources: Resources) -> None:
        """Read anew what is not this gateway's own. Raises: StoreUnavailableError."""
        await self._measure_volume(resources)
        jobs = resources.jobs
        try:
            began = time.perf_counter()
            totals = await jobs.read_totals()
            self._store_seconds.observe(time.perf_counter() - began)
            tenant_jobs = await jobs.read_tenant_jobs() if resources.settings.metrics_by_tenant else None
            workers = await jobs.list_workers()
        except StoreUnavailableError:
            self._forget()
            raise
        # All at once: another scrape may come while the store is asked.
        self._store.totals, self._store.tenant_jobs = totals, tenant_jobs
        self._show_workers(workers)
        self._store_up.set(1)

    def _forget(self) -> None:
        """Show nothing of a store that does not answer, but that it does not."""
        self._store_up.set(0)
        self._store.totals, self._store.tenant_jobs = {}, None
        self._clocks.clear()
        self._workers.clear()

    def _show_workers(self, workers: Sequence[WorkerFacts]) -> None:
        self._clocks.clear()
        draining = sum(each.is_draining for each in workers)
        self._workers.labels("draining").set(draining)
        self._workers.labels("taking").set(len(workers) - draining)
        for worker in workers:
            self._clocks.labels(worker.name).set(worker.clock_ahead)

    async def _measure_volume(self, resources: Resources) -> None:
        try:
            volume = await asyncio.to_thread(shutil.disk_usage, resources.settings.archives_dir)
        except OSError:
            self._space.clear()  # readiness tells of it
            return
        self._space.labels("all").set(volume.total)
        self._space.labels("free").set(volume.free)

    def render(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self._registry)
