"""The bench as a user runs it, as small as it can be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from infra.bench.parts.table import PARTS, QUICK

_CHECKOUT = Path(__file__).parents[3]


def _bench(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-m", "infra", "bench", *words]
    return subprocess.run(command, cwd=_CHECKOUT, capture_output=True, text=True, check=False, timeout=300)


def test_exports_and_imports_are_measured_beside_the_procedures(tmp_path: Path) -> None:
    file, data = tmp_path / "figures.json", tmp_path / "data"
    parts = "small,export,import,foreign"
    scale = ("--quick", "--elements", "2000", "--rounds", "1")
    told = _bench(*scale, "--only", parts, "--json", file, "--data-dir", data)
    assert told.returncode == 0, told.stdout + told.stderr
    figures = json.loads(file.read_text())
    assert figures["failures"] == {}
    beside_procedure = {"export", "import", "import_2000", "overwrite_2000"}
    ratios = {"foreign_import_vs_own_format", *(f"{name}_vs_server_procedure" for name in beside_procedure)}
    assert set(figures["ratios"]) == ratios
    assert all(ratio > 0 for ratio in figures["ratios"].values())
    assert figures["environment"]["elements"] == 2000
    assert 10 < figures["figures"]["export_worker_peak_mb"] < 256
    assert figures["environment"]["versions"]["server procedure"].startswith("APOC 5.")
    for part, spent in (("export", {"worker", "source"}), ("import", {"worker", "target"})):
        compared = figures["parts"][part]["comparisons"][f"{part}_vs_server_procedure"]
        assert all(compared["ours_processor_seconds"][process] > 0 for process in spent)
    assert "export_vs_server_procedure" in told.stdout
    assert "server procedure: APOC 5." in told.stdout


def test_an_unknown_part_is_named() -> None:
    told = _bench("--only", "dance")
    assert told.returncode == 1
    assert "There is no part dance; there are requests," in told.stderr


def test_a_first_impression_has_small_jobs_and_a_cold_server_and_the_page_counts_its_parts() -> None:
    page = (_CHECKOUT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert {"small", "cold"} <= set(QUICK) <= PARTS.keys()
    assert f"{len(QUICK)} of the {len(PARTS)} parts" in page
