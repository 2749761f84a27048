"""What a part measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeAlias

Spent: TypeAlias = Mapping[str, float]
"""Processor seconds by process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same work done by two, in turn; seconds unless the name says another unit."""

    ours: Sequence[float]
    peer: Sequence[float]
    peer_name: str
    ours_spent: Sequence[Spent] = ()
    """During each measurement of ours."""
    peer_spent: Sequence[Spent] = ()

    @property
    def ratio(self) -> float | None:
        """Ours by the peer's, of the medians; None when one of them has no figure."""
        return median(self.ours) / median(self.peer) if self.ours and self.peer else None

    def to_json(self) -> Mapping[str, Any]:
        """Give the medians with what they are made of."""
        return {
            "peer": self.peer_name,
            "ours_median": _median(self.ours),
            "peer_median": _median(self.peer),
            "ratio": self.ratio,
            "ours": list(self.ours),
            "peers": list(self.peer),
            "ours_processor_seconds": _medians(self.ours_spent),
            "peer_processor_seconds": _medians(self.peer_spent),
        }


@dataclass(frozen=True, slots=True)
class Results:
    """Collects the figures of one part; one that could not be measured is None."""

    figures: dict[str, float | None] = field(default_factory=dict)
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Why something has no figure."""
    skipped: dict[str, str] = field(default_factory=dict)
    """What the machine does not have, so that there is nothing to be measured, and nothing amiss."""

    def note_latencies(self, name: str, seconds: Sequence[float], *, percents: Sequence[int] = (50, 95)) -> None:
        """Add figures of how long something took, in milliseconds."""
        ordered = sorted(seconds)
        for percent in percents:
            self.figures[f"{name}_p{percent}_ms"] = 1000 * ordered[math.ceil(percent / 100 * len(ordered)) - 1]

    def to_json(self) -> Mapping[str, Any]:
        """Give everything."""
        return {
            "comparisons": {name: each.to_json() for name, each in self.comparisons.items()},
            "figures": self.figures,
            "failures": self.failures,
            "skipped": self.skipped,
        }


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _medians(spent: Sequence[Spent]) -> Spent:
    names = set[str]().union(*spent)
    return {name: median(each[name] for each in spent if name in each) for name in sorted(names)}
