"""Gathers what fault tests measure, for a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

HEADER = "| row | test | outcome | figures (count: median / 95th percentile / most) |\n|---|---|---|---|\n"


@dataclass(slots=True)
class Figures:
    """What one test measured."""

    measured: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, value: float = 1.0) -> None:
        """Note a value: seconds, or one of something."""
        self.measured[name].append(value)

    def to_text(self) -> str:
        return "; ".join(f"{name} ({_summarize(values)})" for name, values in self.measured.items())


def _summarize(values: Sequence[float]) -> str:
    if set(values) == {1.0}:
        return str(len(values))
    high = quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
    return f"{len(values)}: {median(values):.2f} / {high:.2f} / {max(values):.2f}"


@dataclass(slots=True)
class Report:
    """What all tests of a session measured, and how they ended."""

    figures: dict[str, Figures] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def of(self, test: str) -> Figures:
        return self.figures.setdefault(test, Figures())

    def write(self, file: Path, *, facts: Mapping[str, object]) -> None:
        """Write a table for people, with what repeats the session."""
        head = "".join(f"- {name}: {value}\n" for name, value in facts.items())
        lines = (
            f"| {self.rows[test]} | {test} | {self.outcomes.get(test, 'broken off')} | {self.of(test).to_text()} |\n"
            for test in self.rows
        )
        file.write_text(f"# Faults\n\n{head}\n{HEADER}{''.join(lines)}")
