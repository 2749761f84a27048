"""Tests of the drawing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest

from infra.bench.plot import make_panels, run_plot

_SVG = "{http://www.w3.org/2000/svg}"


def _comparison(ours: float, peer: float | None, name: str) -> dict[str, Any]:
    return {"peer": name, "ours_median": ours, "peer_median": peer}


_FIGURES = {
    "environment": {"elements": 1_000_000},
    "parts": {
        "export": {"comparisons": {"export_vs_one": _comparison(4.0, 20.0, "one")}},
        "more": {
            "comparisons": {
                "export_vs_other": _comparison(5.0, 10.0, "other <& more>"),
                "export_vs_broken": _comparison(5.0, None, "broken"),
                "status_reads_vs_bare_aiohttp": _comparison(1.0, 2.0, "bare"),
            }
        },
    },
    "figures": {
        "growth_5000000_export_us_per_element": 3.5,
        "growth_100000_export_us_per_element": 4.0,
        "hub_export_us_per_element": 9.0,
    },
}


def test_rates_of_us_and_of_each_peer_that_works() -> None:
    exports, imports, growth, _ = make_panels(_FIGURES)
    assert [(bar.name, bar.value) for bar in exports.bars] == [
        ("Graphferry", 250.0),
        ("other <& more>", 100.0),
        ("one", 50.0),
    ]
    assert list(imports.bars) == []
    assert [(bar.name, bar.value) for bar in growth.bars] == [("100,000 elements", 4.0), ("5,000,000 elements", 3.5)]


def test_the_drawing_is_xml_with_bars_in_proportion(tmp_path: Path) -> None:
    source, svg = tmp_path / "figures.json", tmp_path / "out.svg"
    source.write_bytes(orjson.dumps(_FIGURES))
    assert run_plot(argparse.Namespace(figures=source, svg=svg)) == 0
    root = ET.fromstring(svg.read_text())
    widths = [float(each.attrib["width"]) for each in root.iter(f"{_SVG}rect")][1:]
    assert widths[:3] == pytest.approx([480, 192, 96])
    assert "other <& more>" in [each.text for each in root.iter(f"{_SVG}text")]


def test_another_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert run_plot(argparse.Namespace(figures=other, svg=tmp_path / "out.svg")) == 1
    assert "does not hold the figures of a run" in capsys.readouterr().err
