"""Figures of schedules, of what this gateway has seen and done."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

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

    def show(self, look: Look) -> None:
        """Show what was found due."""
        waiting = [*(each.due for each in look.due), *(each.due for each in look.taken_over)]
        self._due.set(len(waiting))
        self._late.set((look.now - min(waiting)).total_seconds() if waiting else 0.0)

    def count(self, run: Run) -> None:
        """Count a time, or several that were missed."""
        self._runs.labels(run.outcome).inc(run.number)
