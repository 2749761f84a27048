"""What was measured, as JSON or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same work done by two, in turn; seconds unless the name says another unit."""

    ours: Sequence[float]
    peer: Sequence[float]
    peer_name: str

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
        }


@dataclass(frozen=True, slots=True)
class Results:
    """Collects figures; a name that is missing was not asked for, one with None could not be measured."""

    figures: dict[str, float | None] = field(default_factory=dict)
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    """Why something has no figure."""

    @property
    def ratios(self) -> Mapping[str, float | None]:
        """The ratios of all comparisons."""
        return {name: each.ratio for name, each in self.comparisons.items()}

    def to_json(self) -> Mapping[str, Any]:
        """Give everything."""
        return {
            "ratios": self.ratios,
            "comparisons": {name: each.to_json() for name, each in self.comparisons.items()},
            "figures": self.figures,
            "failures": self.failures,
        }

    def to_table(self) -> Iterator[str]:
        """Give lines to be read: comparisons, then single figures, then what failed."""
        if self.comparisons:
            yield f"{'':<44} {'ours':>12} {'peer':>12} {'ratio':>8}  rounds"
        for name, each in self.comparisons.items():
            columns = f"{_show(_median(each.ours)):>12} {_show(_median(each.peer)):>12} {_show(each.ratio):>8}"
            yield f"{name:<44} {columns}  {len(each.ours)}"
        for name, value in self.figures.items():
            yield f"{name:<60} {_show(value):>12}"
        for name, reason in self.failures.items():
            yield f"{name}: could not be measured: {reason}"


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
