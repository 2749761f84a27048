"""What all parts measured, kept in a file as it grows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import orjson

from infra.bench.results import Results
from infra.engines.process import EngineError
from infra.files import write_atomically

_SERVERS = ("source", "target")
_SPENT = ("worker", "server", "program", "worker", "server")
"""Whose processor seconds the table tells: ours, then the peer's, which may be a program, or our worker too."""
_GROWTH = re.compile(r"growth_(\d+)_(.*(?:us_per_element|worker_peak_mb))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The parts' results; the file, where there is one, is written after each."""

    environment: Mapping[str, Any]
    file: Path | None
    parts: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, file: Path | None, environment: Mapping[str, Any], *, is_partial: bool) -> Self:
        """Begin anew; where only some parts are measured, keep the others that the file holds.

        Raises: EngineError when they were measured in another environment.
        """
        report = cls(environment=environment, file=file)
        if is_partial and file is not None and file.exists():
            report._take_over(orjson.loads(file.read_bytes()))
        return report

    def _take_over(self, earlier: Mapping[str, Any]) -> None:
        there = earlier["environment"]
        if other := [name for name in self.environment if self.environment[name] != there.get(name)]:
            raise EngineError(
                f"{self.file} holds figures of another environment ({', '.join(other)}): name another file."
            )
        self.parts.update(earlier["parts"])

    def add(self, part: str, results: Results) -> None:
        """Keep a part's results, instead of earlier ones."""
        self.parts[part] = {"measured": datetime.now(tz=UTC).isoformat(timespec="seconds"), **results.to_json()}
        if self.file is not None:
            content = orjson.dumps(self.to_json(), option=orjson.OPT_INDENT_2).decode()
            write_atomically(self.file, content + "\n", mode=0o644)

    def to_json(self) -> Mapping[str, Any]:
        """Give everything: flat first, then what it is made of."""
        return {
            "environment": self.environment,
            "ratios": self.ratios,
            "figures": self.figures,
            "failures": self.failures,
            "skipped": self.skipped,
            "parts": self.parts,
        }

    @property
    def comparisons(self) -> Mapping[str, Mapping[str, Any]]:
        """What was measured in turn."""
        return self._flatten("comparisons")

    @property
    def figures(self) -> Mapping[str, float | None]:
        """What was measured alone."""
        return self._flatten("figures")

    @property
    def failures(self) -> Mapping[str, str]:
        """Why something has no figure."""
        return self._flatten("failures")

    @property
    def skipped(self) -> Mapping[str, str]:
        """What the machine does not have."""
        return self._flatten("skipped")

    @property
    def ratios(self) -> Mapping[str, float | None]:
        """Ours by the peer's, and what a larger graph takes by what the next smaller takes."""
        return {**{name: each["ratio"] for name, each in self.comparisons.items()}, **_compare_sizes(self.figures)}

    def _flatten(self, section: str) -> Mapping[str, Any]:
        return {name: value for part in self.parts.values() for name, value in part[section].items()}

    def to_table(self) -> Iterator[str]:
        """Give lines to be read: versions, comparisons, then single figures, then what failed or was skipped."""
        for name, version in self.environment["versions"].items():
            yield f"{name}: {version}"
        if self.comparisons:
            yield f"{'':<44}{_row('ours', 'peer', 'ratio', 'rounds', *_SPENT)}"
        for name, each in self.comparisons.items():
            figures = map(_show, (each["ours_median"], each["peer_median"], each["ratio"]))
            yield f"{name:<44}{_row(*figures, str(len(each['ours'])), *map(_show, _list_spent(each)))}"
        for name, value in {**self.figures, **_compare_sizes(self.figures)}.items():
            yield f"{name:<60} {_show(value):>12}"
        for name, reason in self.failures.items():
            yield f"{name}: could not be measured: {reason}"
        for name, reason in self.skipped.items():
            yield f"{name}: not measured: {reason}"


def _compare_sizes(figures: Mapping[str, float | None]) -> Mapping[str, float]:
    sizes: dict[str, dict[int, float]] = {}
    for name, value in figures.items():
        if value and (match := _GROWTH.fullmatch(name)):
            sizes.setdefault(match[2], {})[int(match[1])] = value
    return {
        f"{what}_{large}_vs_{small}": values[large] / values[small]
        for what, values in sizes.items()
        for small, large in pairwise(sorted(values))
    }


def _list_spent(comparison: Mapping[str, Any]) -> Sequence[float]:
    """Give the processor seconds by the columns of the table."""
    ours, peer = comparison["ours_processor_seconds"], comparison["peer_processor_seconds"]
    columns = ((ours, ("worker",)), (ours, _SERVERS), (peer, ("bench",)), (peer, ("worker",)), (peer, _SERVERS))
    return [sum(spent.get(name, 0) for name in names) for spent, names in columns if spent]


def _row(*columns: str) -> str:
    return "".join(f" {column:>9}" for column in columns)


def _show(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
