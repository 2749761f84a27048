"""The commands that run a gateway or a worker."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from shared.cli.access import KEY


def add_process_commands(app: App, environ: Mapping[str, str]) -> None:
    """Add `serve`, `worker` and `dev`."""

    @app.command
    def serve() -> None:
        """Serve HTTP, configured by the variables GRAPHFERRY_*."""
        _become("gateway", environ)

    @app.command
    def worker(
        *,
        processes: Annotated[int, Parameter(validator=Number(gte=1))] = 1,
        once: Annotated[bool, Parameter(negative="")] = False,
        wait: Annotated[float | None, Parameter(validator=Number(gte=0))] = None,
    ) -> None:
        """Answer jobs, configured by the variables GRAPHFERRY_*.

        Parameters
        ----------
        processes
            How many workers to keep; each answers a job at a time, or as many as GRAPHFERRY_MAX_JOBS says.
        once
            Answer one job at most, then end.
        wait
            How many seconds a worker with `--once` waits for its job; 10 if not given.
        """
        further = [*(["--once"] if once else []), *([] if wait is None else ["--wait", str(wait)])]
        _become("handlers", environ, "--processes", str(processes), *further)

    @app.command(help_flags=[], version_flags=[])
    def dev(*words: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
        """Run a whole stack with embedded engines until Ctrl-C: `python3 -m infra up`.

        Parameters
        ----------
        words
            What `python3 -m infra up` understands, such as `--tenants acme --databases source,target`.
        """
        _become("infra", environ, "up", *words)


def _become(module: str, environ: Mapping[str, str], *words: str) -> None:
    # In place of this process: signals reach it, and its exit code is ours.
    sys.stdout.flush()
    variables = {name: value for name, value in environ.items() if name != KEY}
    os.execve(sys.executable, [sys.executable, "-m", module, *words], variables)  # noqa: S606 - the very same interpreter
