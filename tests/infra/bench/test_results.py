"""Tests of what the bench tells."""

from __future__ import annotations

import orjson

from infra.bench.results import Comparison, Results


def _results() -> Results:
    results = Results()
    results.comparisons["export_vs_peer"] = Comparison(ours=[1.0, 3.0, 2.0], peer=[4.0, 8.0, 9.0], peer_name="peer")
    results.comparisons["import_vs_peer"] = Comparison(ours=[1.0], peer=[], peer_name="peer")
    results.figures["memory_mb"] = 123.4
    results.failures["import_vs_peer (peer)"] = "it is not there"
    return results


def test_json_has_medians_samples_and_gaps() -> None:
    told = orjson.loads(orjson.dumps(_results().to_json()))
    assert told["ratios"] == {"export_vs_peer": 0.25, "import_vs_peer": None}
    assert told["comparisons"]["export_vs_peer"]["ours"] == [1.0, 3.0, 2.0]
    assert told["comparisons"]["export_vs_peer"]["peer_median"] == 8.0
    assert told["figures"] == {"memory_mb": 123.4}
    assert told["failures"] == {"import_vs_peer (peer)": "it is not there"}


def test_the_table_shows_a_gap_and_its_reason() -> None:
    lines = [line.split() for line in _results().to_table()]
    assert lines[0] == ["ours", "peer", "ratio", "rounds"]
    assert lines[1] == ["export_vs_peer", "2.000", "8.000", "0.250", "3"]
    assert lines[2] == ["import_vs_peer", "1.000", "-", "-", "1"]
    assert lines[3] == ["memory_mb", "123"]
    assert lines[4][-4:] == ["it", "is", "not", "there"]
