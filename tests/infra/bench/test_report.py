"""Tests of what the bench tells."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from infra.bench.report import Report
from infra.bench.results import Comparison, Results
from infra.engines.process import EngineError

_HERE = {"cores": 2, "versions": {"server": "Neo4j 5.26.30"}}


def _results() -> Results:
    results = Results()
    results.comparisons["export_vs_peer"] = Comparison(
        ours=[1.0, 3.0, 2.0],
        peer=[4.0, 8.0, 9.0],
        peer_name="peer",
        ours_spent=[{"worker": each, "bench": 0.01, "source": 0.5, "target": 0.25} for each in (1.0, 3.0, 2.0)],
        peer_spent=[{"worker": 0.01, "bench": each, "source": 7.0, "target": 0.0} for each in (4.0, 8.0, 9.0)],
    )
    results.comparisons["import_vs_peer"] = Comparison(ours=[1.0], peer=[], peer_name="peer")
    results.figures["memory_mb"] = 123.4
    results.failures["import_vs_peer (peer)"] = "it is not there"
    results.skipped["cores_4"] = "this machine has 2 processors"
    return results


def test_the_file_has_medians_samples_and_gaps(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    Report.open(file, _HERE, is_partial=False).add("moves", _results())
    told = orjson.loads(file.read_bytes())
    assert told["ratios"] == {"export_vs_peer": 0.25, "import_vs_peer": None}
    assert told["parts"]["moves"]["comparisons"]["export_vs_peer"]["ours"] == [1.0, 3.0, 2.0]
    assert told["parts"]["moves"]["comparisons"]["export_vs_peer"]["peer_median"] == 8.0
    spent = {"worker": 2.0, "bench": 0.01, "source": 0.5, "target": 0.25}
    assert told["parts"]["moves"]["comparisons"]["export_vs_peer"]["ours_processor_seconds"] == spent
    assert told["figures"] == {"memory_mb": 123.4}
    assert told["failures"] == {"import_vs_peer (peer)": "it is not there"}
    assert told["skipped"] == {"cores_4": "this machine has 2 processors"}
    assert told["environment"] == _HERE


def test_the_table_shows_a_gap_and_its_reason() -> None:
    report = Report.open(None, _HERE, is_partial=False)
    report.add("moves", _results())
    lines = [line.split() for line in report.to_table()]
    assert lines[0] == ["server:", "Neo4j", "5.26.30"]
    assert lines[1] == ["ours", "peer", "ratio", "rounds", "worker", "server", "program", "worker", "server"]
    spent = ["2.000", "0.750", "8.000", "0.010", "7.000"]
    assert lines[2] == ["export_vs_peer", "2.000", "8.000", "0.250", "3", *spent]
    assert lines[3] == ["import_vs_peer", "1.000", "-", "-", "1"]
    assert lines[4] == ["memory_mb", "123"]
    assert lines[5][-4:] == ["it", "is", "not", "there"]
    assert lines[6] == ["cores_4:", "not", "measured:", "this", "machine", "has", "2", "processors"]


def test_sizes_are_compared_with_the_next_smaller() -> None:
    report, results = Report.open(None, _HERE, is_partial=False), Results()
    sizes = {
        "growth_1000_export_us_per_element": 4.0,
        "growth_50000_export_us_per_element": 3.0,
        "growth_100_export_us_per_element": 8.0,
        "growth_1000_import_worker_peak_mb": 100.0,
        "growth_50000_import_worker_peak_mb": 110.0,
        "growth_50000_import_gateway_peak_mb": 70.0,
    }
    results.figures.update(sizes)
    report.add("growth", results)
    assert report.ratios == {
        "export_us_per_element_1000_vs_100": 0.5,
        "export_us_per_element_50000_vs_1000": 0.75,
        "import_worker_peak_mb_50000_vs_1000": 1.1,
    }


def test_a_part_measured_again_replaces_itself_alone(tmp_path: Path) -> None:
    file, again = tmp_path / "figures.json", Results()
    Report.open(file, _HERE, is_partial=False).add("moves", _results())
    again.figures["hub_ms"] = 1.0
    Report.open(file, _HERE, is_partial=True).add("hub", again)
    assert orjson.loads(file.read_bytes())["figures"] == {"memory_mb": 123.4, "hub_ms": 1.0}
    Report.open(file, _HERE, is_partial=True).add("moves", Results())
    assert orjson.loads(file.read_bytes())["figures"] == {"hub_ms": 1.0}
    Report.open(file, _HERE, is_partial=False).add("moves", Results())
    assert orjson.loads(file.read_bytes())["figures"] == {}


def test_figures_of_another_machine_are_not_mixed_in(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    Report.open(file, _HERE, is_partial=False).add("moves", _results())
    with pytest.raises(EngineError, match=r"another environment \(cores\)"):
        Report.open(file, {**_HERE, "cores": 4}, is_partial=True)
