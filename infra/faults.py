"""Runs the fault tests: real processes killed, stopped and cut off, as often as asked."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path


def run_faults(checkout: Path, arguments: argparse.Namespace) -> int:
    """Return 0 when everything held."""
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.run(make_command(arguments), cwd=checkout, env=environ, check=False).returncode


def make_command(arguments: argparse.Namespace) -> list[str]:
    """Say it to pytest; a whole list of faults takes longer than its limit for one test."""
    command = [sys.executable, "-m", "pytest", "tests/faults", "--verbose", "--timeout", "0"]
    options = {
        "--fault-seed": arguments.seed,
        "--fault-rows": ",".join(arguments.only) if arguments.only else None,
        "--fault-rounds": arguments.rounds,
        "--fault-report": arguments.report and arguments.report.resolve(),
    }
    flags = {"--full-faults": arguments.full, "--short-leases": arguments.short_leases}
    given = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    return [*command, *given, *(name for name, is_wanted in flags.items() if is_wanted)]
