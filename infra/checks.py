"""Checks the code, then passes every test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra import browser, proxies
from infra.browser import find_chromium
from infra.console import complain, say
from infra.proxies import list_missing

_ROOMS = ("gateway", "handlers", "shared", "infra", "tests")

_CHECKS = {
    "lint": ("ruff", "check", *_ROOMS),
    "format": ("ruff", "format", "--check", *_ROOMS),
    "types": ("mypy",),
    "imports": ("lint-imports", "--no-logo"),
    "deploy": ("python", "-m", "infra", "deploy", "--check"),
}


_WITHOUT_BROWSER = "--ignore=tests/browser"
_WITHOUT_PROXIES = ("--ignore=tests/gateway/proxies", "--ignore=tests/faults/test_store_proxy.py")
_SLOWEST = "--durations=20"
_PROCESSES = ("-n", "2")
"""Some tests wait most of the time, others compute: see docs/adr/0012-two-test-processes.md."""


def check_all(checkout: Path, *, pytest_arguments: Sequence[str], with_browser: bool, with_proxies: bool) -> int:
    """Show each check under its heading, pytest's own summary last; return 0 when all is well."""
    lacking = [
        *([browser.HOW_TO_INSTALL] if with_browser and find_chromium() is None else []),
        *([proxies.HOW_TO_INSTALL] if with_proxies and list_missing() else []),
    ]
    for advice in lacking:
        complain(advice)
    if lacking:
        return 1
    failed = _find_failing(checkout)
    if failed:
        say(f"\nNot in order: {', '.join(failed)}. The tests follow all the same.")
    left_out = [*([] if with_browser else [_WITHOUT_BROWSER]), *([] if with_proxies else _WITHOUT_PROXIES)]
    options = [_SLOWEST, *_PROCESSES, *left_out]
    pytest = [sys.executable, "-m", "pytest", *options, *pytest_arguments]
    return 1 if _fails(checkout, "tests", pytest) or failed else 0


def check_code(checkout: Path) -> int:
    """Show each check but the tests under its heading; return 0 when all is well."""
    failed = _find_failing(checkout)
    if failed:
        say(f"\nNot in order: {', '.join(failed)}.")
    return 1 if failed else 0


def _find_failing(checkout: Path) -> Sequence[str]:
    programs = Path(sys.executable).parent
    return [name for name, (program, *words) in _CHECKS.items() if _fails(checkout, name, [programs / program, *words])]


def _fails(checkout: Path, name: str, command: Sequence[str | Path]) -> bool:
    say(f"\n=== {name}: {' '.join([Path(command[0]).name, *map(str, command[1:])])}")
    done = subprocess.run(command, cwd=checkout, env={**os.environ, "PYTHONUNBUFFERED": "1"}, check=False)
    return done.returncode != 0
