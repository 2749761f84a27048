"""The command that prints completion for a shell."""

from __future__ import annotations

from typing import Final, Literal

from cyclopts import App

from shared.cli.shell import Shell

_MENDED: Final = {
    "bash": [('cur="${COMP_WORDS[COMP_CWORD]}"', 'cur="${COMP_WORDS[COMP_CWORD]//\\\\/}"')],
    "zsh": [],
    "fish": [],
}
"""What the library's script lacks: the word is compared with names as it is typed, with a backslash before a space."""
_ADDED: Final = {
    "bash": "",
    "zsh": "(( $+functions[compdef] )) && compdef _cyclopts_graphferry graphferry\n",
    "fish": "",
}
"""What lets a shell read the script as it reads any other, not only from a folder of its own."""


def add_completion_command(app: App, shell: Shell) -> None:
    """Add `completion`."""

    @app.command
    def completion(kind: Literal["bash", "zsh", "fish"], /) -> None:
        """Print what makes a shell complete commands, options and names: `source <(graphferry completion bash)`.

        Databases, applications, archives, users, tenants, schedules and jobs are those that the gateway has when Tab is
        pressed; where it does not answer within two seconds there are none.

        To have it in every new shell, once: for bash
        `echo 'source <(graphferry completion bash)' >> ~/.bashrc`,
        for zsh, after `autoload -Uz compinit && compinit` in that file,
        `echo 'source <(graphferry completion zsh)' >> ~/.zshrc`,
        for fish `graphferry completion fish > ~/.config/fish/completions/graphferry.fish`.

        Parameters
        ----------
        kind
            Which shell.
        """
        script = app.generate_completion(shell=kind)
        for found, wanted in _MENDED[kind]:
            script = script.replace(found, wanted)
        shell.output.write(script + _ADDED[kind])
