"""The gateway's figures, in a registry of its own."""

from __future__ import annotations

from collections import Counter as Tally
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from shared.jobs.record import Job
from shared.ports.jobs import EndedFilter
from shared.resources import Resources

RECENT = timedelta(hours=1)
"""Ended jobs are counted for so long: the store keeps them for weeks, too many to read at each scrape."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class GatewayMetrics:
    """Counters of one gateway, with a look at the jobs of all tenants at each scrape."""

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
        self._jobs = Gauge(
            "graphferry_jobs",
            "Jobs unfinished, or ended within the past hour, by status",
            ["tenant", "status"],
            registry=self._registry,
        )

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

    async def count_jobs(self, resources: Resources) -> None:
        """Count the jobs anew."""
        self._jobs.clear()
        since = await resources.jobs.read_clock() - RECENT
        for tenant in await resources.identity.list_tenants():
            listing = await resources.jobs.read_listing(tenant.name, EndedFilter(since=since))
            tally = Tally(job.status for job in (*listing.unfinished, *listing.ended))
            for status, number in tally.items():
                self._jobs.labels(tenant.name, status).set(number)

    async def read_clocks(self, resources: Resources) -> None:
        """Read the workers' clocks anew."""
        self._clocks.clear()
        for worker in await resources.jobs.list_workers():
            self._clocks.labels(worker.name).set(worker.clock_ahead)

    def render(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self._registry)
