"""Asks hadolint about the Containerfile."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.deploy.checking.tools import fetch_tools


def lint_image(file: Path) -> Sequence[str]:
    """List what is wrong with it. Raises: EngineError."""
    program = fetch_tools() / "bin" / "hadolint"
    done = subprocess.run([program, "--no-color", file], capture_output=True, text=True, check=False)
    return [*done.stdout.splitlines(), *done.stderr.splitlines()] if done.returncode else []
