"""Tests of the checks around the tests."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.checks import check_all, check_code

WITHOUT_PROXIES = " --ignore=tests/gateway/proxies --ignore=tests/faults/test_store_proxy.py"


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, failing: str) -> list[str]:
    """The programs called, of which one fails."""
    called: list[str] = []

    def run(command: Sequence[str | Path], **_: object) -> SimpleNamespace:
        words = [Path(command[0]).name, *map(str, command[1:])]
        called.append(" ".join(words))
        return SimpleNamespace(returncode=1 if failing and failing in called[-1] else 0)

    monkeypatch.setattr(subprocess, "run", run)
    return called


@pytest.fixture(autouse=True)
def chromium(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The browser that is there, if any."""
    there = [Path("chromium")]
    monkeypatch.setattr("infra.checks.find_chromium", lambda: next(iter(there), None))
    return there


@pytest.fixture(autouse=True)
def missing_proxies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The proxies that are not there."""
    missing: list[str] = []
    monkeypatch.setattr("infra.checks.list_missing", lambda: missing)
    return missing


@pytest.mark.parametrize("failing", [""])
@pytest.mark.parametrize(
    ("with_browser", "with_proxies", "without"),
    [
        (True, True, ""),
        (False, True, " --ignore=tests/browser"),
        (True, False, WITHOUT_PROXIES),
        (False, False, f" --ignore=tests/browser{WITHOUT_PROXIES}"),
    ],
)
def test_pytest_comes_last_with_its_arguments(
    called: list[str], *, with_browser: bool, with_proxies: bool, without: str
) -> None:
    words = ["-k", "x"]
    assert check_all(Path(), pytest_arguments=words, with_browser=with_browser, with_proxies=with_proxies) == 0
    assert [line.split()[0] for line in called[:-1]] == ["ruff", "ruff", "mypy", "lint-imports", "python"]
    assert called[-1].endswith(f"-m pytest --durations=20 -n 2{without} -k x")


@pytest.mark.parametrize("failing", ["ruff check", "ruff format", "mypy", "lint-imports", "infra deploy", "pytest"])
def test_one_failure_fails_all_and_the_tests_still_follow(
    called: list[str], failing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_all(Path(), pytest_arguments=[], with_browser=True, with_proxies=True) == 1
    assert len(called) == 6
    assert "pytest" in called[-1]
    assert ("Not in order" in capsys.readouterr().out) == (failing != "pytest")


@pytest.mark.parametrize("failing", [""])
def test_without_a_browser_it_says_how_to_install_one(
    called: list[str], chromium: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    chromium.clear()
    assert check_all(Path(), pytest_arguments=[], with_browser=True, with_proxies=True) == 1
    assert "apt-get install -y chromium" in capsys.readouterr().err
    assert called == []
    assert check_all(Path(), pytest_arguments=[], with_browser=False, with_proxies=True) == 0


@pytest.mark.parametrize("failing", [""])
def test_without_proxies_it_says_how_to_install_them(
    called: list[str], missing_proxies: list[str], chromium: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    missing_proxies.append("haproxy")
    chromium.clear()
    assert check_all(Path(), pytest_arguments=[], with_browser=True, with_proxies=True) == 1
    complaint = capsys.readouterr().err
    assert "apt-get install -y chromium" in complaint
    assert "apt-get install -y nginx-light haproxy curl" in complaint
    assert called == []
    assert check_all(Path(), pytest_arguments=[], with_browser=False, with_proxies=False) == 0


@pytest.mark.parametrize(("failing", "code"), [("", 0), ("mypy", 1)])
def test_the_code_is_checked_without_the_tests(
    called: list[str], failing: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_code(Path()) == code
    assert [line.split()[0] for line in called] == ["ruff", "ruff", "mypy", "lint-imports", "python"]
    assert ("Not in order: types." in capsys.readouterr().out) == bool(failing)
