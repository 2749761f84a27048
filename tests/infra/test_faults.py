"""Tests of the command that runs the fault tests."""

from __future__ import annotations

from pathlib import Path

from infra.arguments import parse_arguments
from infra.faults import make_command
from tests.faults.report import Report


def test_everything_asked_for_reaches_pytest() -> None:
    words = ["--full", "--rounds", "3", "--only", "R1,R2", "--seed", "0", "--short-leases", "--report", "r.md"]
    said = make_command(parse_arguments(["faults", *words]))[3:]
    options = ["--fault-seed", "0", "--fault-rows", "R1,R2", "--fault-rounds", "3"]
    report = ["--fault-report", str(Path("r.md").resolve())]
    assert said == [
        *("tests/faults", "--verbose", "--timeout", "0"),
        *(*options, *report),
        *("--full-faults", "--short-leases"),
    ]


def test_a_small_share_needs_nothing_said() -> None:
    assert make_command(parse_arguments(["faults"]))[3:] == ["tests/faults", "--verbose", "--timeout", "0"]


def test_a_report_says_how_far_a_run_came_that_was_broken_off(tmp_path: Path) -> None:
    report = Report(rows={"test_one": "R1", "test_two": "R2"}, outcomes={"test_one": "passed"})
    report.of("test_two").add("killed")
    report.write(tmp_path / "report.md", facts={})
    assert (tmp_path / "report.md").read_text().splitlines()[-2:] == [
        "| R1 | test_one | passed |  |",
        "| R2 | test_two | broken off | killed (1) |",
    ]
