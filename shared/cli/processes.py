"""The commands that become one of our processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from cyclopts import App


def add_process_commands(app: App, environ: Mapping[str, str]) -> None:
    """Add `serve` and `worker`."""

    @app.command
    def serve() -> None:
        """Serve HTTP, configured by the variables GRAPHFERRY_*."""
        _become("gateway", environ)

    @app.command
    def worker() -> None:
        """Answer jobs, configured by the variables GRAPHFERRY_*."""
        _become("handlers", environ)


def _become(module: str, environ: Mapping[str, str]) -> None:
    # In place of this process: signals reach it, and its exit code is ours.
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", module], dict(environ))  # noqa: S606 - the very same interpreter
