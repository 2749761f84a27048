"""The command that prints completion for a shell."""

from __future__ import annotations

from typing import Literal

from cyclopts import App

from shared.cli.shell import Shell


def add_completion_command(app: App, shell: Shell) -> None:
    """Add `completion`."""

    @app.command
    def completion(kind: Literal["bash", "zsh", "fish"], /) -> None:
        """Print what makes a shell complete our words: `source <(graphferry completion bash)`.

        Parameters
        ----------
        kind
            Which shell.
        """
        shell.output.write(app.generate_completion(shell=kind))
