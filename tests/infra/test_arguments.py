"""Tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.arguments import parse_arguments
from infra.engines.versions import CURRENT, LTS


def test_up_has_defaults_for_everything() -> None:
    arguments = parse_arguments(["up"])
    assert arguments.tenants == ("acme",)
    assert arguments.databases is None
    assert arguments.workers == 1
    assert arguments.ready_file is None
    assert arguments.restart_seconds == 10
    assert arguments.neo4j_version == CURRENT


def test_up_takes_lists_and_paths() -> None:
    lists = ["--tenants", "acme,globex,acme", "--databases", "a,b"]
    rest = ["--workers", "2", "--data-dir", "D", "--ready-file", "F", "--neo4j-version", "5.26.30"]
    rest += ["--restart-seconds", "3"]
    arguments = parse_arguments(["up", *lists, *rest])
    assert arguments.tenants == ("acme", "globex")
    assert arguments.databases == ("a", "b")
    assert (arguments.workers, arguments.data_dir, arguments.ready_file) == (2, Path("D"), Path("F"))
    assert (arguments.neo4j_version, arguments.restart_seconds) == ("5.26.30", 3)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["up", "--tenants", "../x"], "'../x' is not a name"),
        (["up", "--databases", "a,,b"], "'' is not a name"),
        (["up", "--workers", "0"], "'0' is not a whole number above 0"),
        (["demo", "--multiply", "many"], "'many' is not a whole number"),
        (["up", "--tenant-names", "a"], "unrecognized arguments: --tenant-names a"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "the following arguments are required"),
    ],
)
def test_mistakes_are_named(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(words)
    assert complaint in capsys.readouterr().err


def test_faults_are_chosen_by_row() -> None:
    arguments = parse_arguments(["faults", "--full", "--only", "R1,R9", "--seed", "7", "--report", "F"])
    assert (arguments.full, arguments.only, arguments.seed, arguments.report) == (True, ("R1", "R9"), 7, Path("F"))
    assert (arguments.rounds, arguments.short_leases) == (None, False)


def test_what_test_does_not_know_is_for_pytest() -> None:
    arguments = parse_arguments(["test", "--no-browser", "--no-proxies", "-k", "ports", "tests/infra", "-x"])
    assert (arguments.no_browser, arguments.no_proxies) == (True, True)
    assert arguments.pytest == ["-k", "ports", "tests/infra", "-x"]


@pytest.mark.parametrize("command", ["documents", "page"])
def test_what_is_generated_is_written_unless_it_is_only_checked(command: str) -> None:
    assert not parse_arguments([command]).check
    assert parse_arguments([command, "--check"]).check


def test_lint_takes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_arguments(["lint"]).command == "lint"
    with pytest.raises(SystemExit):
        parse_arguments(["lint", "-k", "x"])
    assert "unrecognized arguments: -k x" in capsys.readouterr().err


def test_the_bench_measures_on_the_line_that_has_procedures() -> None:
    arguments = parse_arguments(["bench", "--only", "export,import", "--elements", "5000", "--quick"])
    assert (arguments.only, arguments.elements, arguments.quick) == (("export", "import"), 5000, True)
    assert arguments.neo4j_version == LTS
    assert parse_arguments(["bench"]).only is None
