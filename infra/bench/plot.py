"""Draws the figures of a run as SVG."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import orjson

from infra.console import complain
from infra.files import write_atomically

_WIDTH = 760
_LEFT = 190
"""Room for the names of the bars."""

_RIGHT = 90
"""Room for their values."""

_BAR = 20
_ROW = 28
_TITLE = 44
_OURS = "#1f6f8b"
_PEERS = "#b9c4cc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One side of the comparisons, or one size of graph."""

    name: str
    value: float
    is_ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Bars of one unit below a title."""

    title: str
    bars: Sequence[Bar]


def run_plot(arguments: argparse.Namespace) -> int:
    """Read the JSON of a run, write the drawing."""
    try:
        figures = orjson.loads(arguments.figures.read_bytes())
        panels = [panel for panel in make_panels(figures) if panel.bars]
    except (OSError, ValueError, KeyError) as error:
        complain(f"{arguments.figures} does not hold the figures of a run: {error!r}")
        return 1
    write_atomically(Path(arguments.svg), "\n".join(draw(panels)) + "\n", mode=0o644)
    return 0


def make_panels(figures: Mapping[str, Any]) -> Sequence[Panel]:
    """Choose what is shown: rates of exports and imports beside the peers', time for each element by size."""
    elements = figures["environment"]["elements"]
    return [
        Panel(title="Export, thousand elements a second", bars=_rates(figures, "export_vs_", elements)),
        Panel(title="Import, thousand elements a second", bars=_rates(figures, "import_vs_", elements)),
        Panel(title="Export, microseconds an element by size", bars=_growth(figures, "export")),
        Panel(title="Import, microseconds an element by size", bars=_growth(figures, "import")),
    ]


def _rates(figures: Mapping[str, Any], prefix: str, elements: int) -> Sequence[Bar]:
    """Show us once, as we were beside the server's procedure, then each peer."""
    comparisons = [each for part in figures["parts"].values() for each in part["comparisons"].items()]
    chosen = [each for name, each in comparisons if name.startswith(prefix)]
    ours = [Bar(name="Graphferry", value=_rate(chosen[0]["ours_median"], elements), is_ours=True)] if chosen else []
    peers = [
        Bar(name=each["peer"], value=_rate(each["peer_median"], elements), is_ours=False)
        for each in chosen
        if each["peer_median"]
    ]
    return [*ours, *sorted(peers, key=lambda bar: -bar.value)]


def _rate(seconds: float, elements: int) -> float:
    return elements / seconds / 1000


def _growth(figures: Mapping[str, Any], action: str) -> Sequence[Bar]:
    ending = f"_{action}_us_per_element"
    sizes = {
        int(name.removeprefix("growth_").removesuffix(ending)): value
        for name, value in figures["figures"].items()
        if name.startswith("growth_") and name.endswith(ending)
    }
    return [Bar(name=f"{size:,} elements", value=sizes[size], is_ours=True) for size in sorted(sizes)]


def draw(panels: Sequence[Panel]) -> Iterator[str]:
    """Give the lines of the drawing."""
    height = sum(_TITLE + _ROW * len(panel.bars) for panel in panels) + _BAR
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">'
    )
    yield f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    top = 0
    for panel in panels:
        yield f'<text x="10" y="{top + 30}" font-weight="bold">{escape(panel.title)}</text>'
        top += _TITLE
        for bar in panel.bars:
            yield from _draw_bar(bar, top, max(each.value for each in panel.bars))
            top += _ROW
    yield "</svg>"


def _draw_bar(bar: Bar, top: int, longest: float) -> Iterator[str]:
    length = (_WIDTH - _LEFT - _RIGHT) * bar.value / longest
    base = top + _BAR - 5
    yield f'<text x="{_LEFT - 8}" y="{base}" text-anchor="end">{escape(bar.name)}</text>'
    color = _OURS if bar.is_ours else _PEERS
    yield f'<rect x="{_LEFT}" y="{top}" width="{length:.1f}" height="{_BAR}" fill="{color}"/>'
    yield f'<text x="{_LEFT + length + 6:.1f}" y="{base}">{_show(bar.value)}</text>'


def _show(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}"
