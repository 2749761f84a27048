"""The gateway's figures, in a registry of its own."""

from __future__ import annotations

from prometheus_client import Counter, Histogram, generate_latest

from gateway.schedule_metrics import ScheduleFigures
from gateway.scraped_metrics import SECONDS, ArchiveFigures, StoreFigures
from shared.jobs.record import Job
from shared.process_metrics import ProcessMetrics
from shared.resources import Resources


class GatewayMetrics(ProcessMetrics):
    """Counters of one gateway, with what the store has counted at each scrape."""

    def __init__(self) -> None:
        super().__init__()
        self._of_routes: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "graphferry_requests",
            "Requests answered, by route and status",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "graphferry_request_seconds",
            "Seconds from a request's head to the end of its answer",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._submissions = Counter(
            "graphferry_jobs_submitted", "Jobs accepted by this gateway", ["kind", "surface"], registry=self.registry
        )
        self._store = StoreFigures(self.registry)
        self.archives = ArchiveFigures(self.registry)
        self.schedules = ScheduleFigures(self.registry)

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

    async def look(self, resources: Resources) -> None:
        """Read anew what is not this gateway's own. Raises: StoreUnavailableError."""
        settings = resources.settings
        await self.archives.look(settings.archives_dir)
        await self._store.look(resources.jobs, by_tenant=settings.metrics_by_tenant)

    def render(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self.registry)
