"""The command `graphferry`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TextIO

from cyclopts import App, CycloptsError

from shared.cli.bootstrap import add_bootstrap_command
from shared.cli.exit_codes import ExitCode, exit_code_of
from shared.cli.keys import create_keys_app
from shared.cli.processes import add_process_commands
from shared.cli.tenants import create_tenants_app
from shared.errors import GraphferryError
from shared.settings import Settings, SettingsError


def create_app(environ: Mapping[str, str], output: TextIO) -> App:
    """Make the command with all that stands below it; settings are read by the commands that need them."""
    app = App(
        name="graphferry",
        help="Moves applications between Neo4j databases as ZIP archives of GraphML.",
        version=lambda: version("graphferry"),
        result_action="return_value",
    )

    def read_settings() -> Settings:
        return Settings.from_environ(environ)

    add_process_commands(app, environ)
    add_bootstrap_command(app, read_settings, output)
    app.command(create_keys_app(read_settings, output))
    app.command(create_tenants_app(read_settings, output))
    return app


def execute(tokens: Sequence[str], environ: Mapping[str, str], *, output: TextIO, messages: TextIO) -> ExitCode:
    """Execute a command line and return its exit code; results go to output, everything else to messages."""
    try:
        create_app(environ, output)(list(tokens), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        messages.write(f"graphferry: {error}\n")
        return ExitCode.USAGE
    except SettingsError as error:
        messages.write(f"graphferry: the settings are wrong: {error}\n")
        return ExitCode.USAGE
    except GraphferryError as error:
        messages.write(f"graphferry: {error.message}\n")
        return exit_code_of(error)
    return ExitCode.OK


def main() -> None:
    """Execute this process's command line."""
    sys.exit(execute(sys.argv[1:], os.environ, output=sys.stdout, messages=sys.stderr))


if __name__ == "__main__":
    main()
