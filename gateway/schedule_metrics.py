"""Figures of schedules, of what this gateway has seen and done."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.jobs.record import TERMINAL_STATUSES, Status
from shared.ports.schedules import Look
from shared.schedules.record import Run, RunOutcome


class ScheduleFigures:
    """How late schedules are, and what became of their times."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._late = Gauge(
            "graphferry_schedules_late_seconds",
            "By how much the time of a schedule has passed that nobody has run",
            registry=registry,
        )
        self._due = Gauge(
            "graphferry_schedules_due", "Schedules whose time has come and that nobody has run", registry=registry
        )
        self._runs = Counter(
            "graphferry_schedule_runs",
            "Times of schedules, by what this gateway made of them",
            ["outcome"],
            registry=registry,
        )
        for outcome in RunOutcome:
            self._runs.labels(outcome)
        self._ended = Counter(
            "graphferry_schedule_jobs_ended",
            "Jobs of schedules whose end this gateway noted, by how they ended",
            ["status"],
            registry=registry,
        )
        for status in sorted(TERMINAL_STATUSES):
            self._ended.labels(status)

    def show(self, look: Look) -> None:
        """Show what was found due."""
        self._due.set(look.waiting)
        self._late.set(0.0 if look.oldest is None else (look.now - look.oldest).total_seconds())

    def count(self, run: Run) -> None:
        """Count a time, or several that were missed."""
        self._runs.labels(run.outcome).inc(run.number)

    def count_end(self, status: Status) -> None:
        """Count a job that has ended."""
        self._ended.labels(status).inc()
