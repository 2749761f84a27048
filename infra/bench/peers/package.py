"""Packages of the index as peers, each in an environment of its own: what they need is not what we need."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.console import say
from infra.engines.cache import make_once
from infra.engines.process import EngineError

_LONGEST_SECONDS = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package, and what has to be beside it."""

    name: str
    version: str
    beside: Sequence[str]
    """Requirements."""

    def describe_version(self) -> str:
        """Name its version, and those of what is beside it."""
        return f"{self.version} with {', '.join(self.beside)}"

    def run(self, script: str, words: Sequence[str], secrets: Mapping[str, str]) -> str:
        """Run a script that imports the package; return what it wrote. Secrets are variables. Raises: EngineError."""
        return self._run([self._have(), "-c", script, *words], {**os.environ, **secrets})

    def install(self) -> None:
        """Have it on this machine, so that this is not measured. Raises: EngineError."""
        self._have()

    def _have(self) -> str:
        """Return the Python that imports it."""
        return str(make_once(f"{self.name}-{self.version}", self._make) / "bin" / "python")

    def _make(self, part: Path) -> Path:
        say(f"Installing {self.name} {self.version} into {part.parent} (the first time only) …")
        self._run([sys.executable, "-m", "venv", str(part)], os.environ)
        options = ["--disable-pip-version-check", "--no-input", "--quiet"]
        requirements = [f"{self.name}=={self.version}", *self.beside]
        self._run([str(part / "bin" / "python"), "-m", "pip", "install", *options, *requirements], os.environ)
        return part

    def _run(self, command: Sequence[str], environ: Mapping[str, str]) -> str:
        try:
            ended = subprocess.run(
                command, env=environ, capture_output=True, text=True, check=False, timeout=_LONGEST_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(f"{self.name} cannot be measured: {error}") from error
        if ended.returncode != 0:
            raise EngineError(f"{self.name} cannot be measured: {(ended.stderr or ended.stdout)[-500:]}")
        return ended.stdout
