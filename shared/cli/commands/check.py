"""The command that says whether an installation would work."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from cyclopts import App

from shared.cli.exit_codes import ExitCode
from shared.cli.options import OUTPUT, OutputOptions
from shared.cli.shell import Shell

_COLUMNS: Final = {"PART": "part", "STATE": "state", "FOUND": "message"}


def add_check_command(app: App, shell: Shell) -> None:
    """Add `check`."""

    @app.command
    async def check(*, options: OutputOptions = OUTPUT) -> ExitCode:
        """Say, line by line, what of an installation would work and what would not; nothing is changed.

        It reads the variables GRAPHFERRY_* as `serve` and `worker` do, and asks the job store, the databases and the
        archive folders themselves. The exit code is 0 where all works, with warnings or without, and 1 where not.
        """
        from shared.checkup.findings import State  # noqa: PLC0415 - slow to import, for this command alone
        from shared.checkup.installation import check_installation  # noqa: PLC0415

        findings = await check_installation(shell.environ)
        shell.show(options).show_all([asdict(each) for each in findings], _COLUMNS)
        return ExitCode.FAILED if any(each.state is State.FAILED for each in findings) else ExitCode.OK
