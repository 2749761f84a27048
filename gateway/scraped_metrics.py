"""Figures of the store and of the archives' volume, which are read at each scrape."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Histogram

from gateway.store_metrics import StoreMetrics
from shared.errors import StoreUnavailableError
from shared.ports.jobs import JobStore, WorkerFacts

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class StoreFigures:
    """Whether the store answers, and what it says of jobs and workers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._jobs = StoreMetrics()
        registry.register(self._jobs)
        self._is_up = Gauge(
            "graphferry_store_up", "Whether the store answered this gateway's last question", registry=registry
        )
        self._seconds = Histogram(
            "graphferry_store_seconds",
            "Seconds until the store answered a scrape's first question",
            buckets=SECONDS,
            registry=registry,
        )
        self._workers = Gauge("graphferry_workers", "Workers that live", ["state"], registry=registry)
        self._clocks = Gauge(
            "graphferry_worker_clock_ahead_seconds",
            "By how much a worker's clock is ahead of the store's",
            ["worker"],
            registry=registry,
        )

    async def look(self, jobs: JobStore, *, by_tenant: bool) -> None:
        """Ask the store. Raises: StoreUnavailableError."""
        try:
            began = time.perf_counter()
            totals = await jobs.read_totals()
            self._seconds.observe(time.perf_counter() - began)
            tenant_jobs = await jobs.read_tenant_jobs() if by_tenant else None
            workers = await jobs.list_workers()
        except StoreUnavailableError:
            self._forget()
            raise
        # All at once: another scrape may come while the store is asked.
        self._jobs.totals, self._jobs.tenant_jobs = totals, tenant_jobs
        self._show_workers(workers)
        self._is_up.set(1)

    def _forget(self) -> None:
        """Show nothing of a store that does not answer, but that it does not."""
        self._is_up.set(0)
        self._jobs.totals, self._jobs.tenant_jobs = {}, None
        self._clocks.clear()
        self._workers.clear()

    def _show_workers(self, workers: Sequence[WorkerFacts]) -> None:
        self._clocks.clear()
        draining = sum(each.is_draining for each in workers)
        self._workers.labels("draining").set(draining)
        self._workers.labels("taking").set(len(workers) - draining)
        for worker in workers:
            self._clocks.labels(worker.name).set(worker.clock_ahead)


class ArchiveFigures:
    """What room archives take, and have."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._space = Gauge(
            "graphferry_archives_volume_bytes",
            "The volume of the archives, and what is free of it",
            ["part"],
            registry=registry,
        )
        self._tenant_bytes = Gauge(
            "graphferry_tenant_archives_bytes",
            "All that lies in a tenant's archive folder",
            ["tenant"],
            registry=registry,
        )

        self._open_bytes = Gauge(
            "graphferry_open_multipart_bytes",
            "Parts of uploads to the bucket that are neither completed nor given up, when they were counted last",
            registry=registry,
        )

    def show_open(self, size: int) -> None:
        """Show what was counted last of uploads to the bucket."""
        self._open_bytes.set(size)

    async def look(self, folder: Path) -> None:
        """Measure the volume that the folder is on."""
        try:
            volume = await asyncio.to_thread(shutil.disk_usage, folder)
        except OSError:
            self._space.clear()  # readiness tells of it
            return
        self._space.labels("all").set(volume.total)
        self._space.labels("free").set(volume.free)

    def show(self, by_tenant: Mapping[str, int]) -> None:
        """Show what was measured last of the tenants' folders."""
        self._tenant_bytes.clear()
        for tenant, size in by_tenant.items():
            self._tenant_bytes.labels(tenant).set(size)
