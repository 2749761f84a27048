"""The command `graphferry`."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import TextIO

from cyclopts import App, CycloptsError

from shared.archive.manifest import TOOL_VERSION
from shared.cli.commands.applications import create_applications_app
from shared.cli.commands.archives import create_archives_app
from shared.cli.commands.backups import add_backup_commands
from shared.cli.commands.bootstrap import add_bootstrap_command
from shared.cli.commands.check import add_check_command
from shared.cli.commands.completion import add_completion_command
from shared.cli.commands.copies import add_copy_command
from shared.cli.commands.damaged_entries import create_damaged_entries_app
from shared.cli.commands.differences import add_diff_command
from shared.cli.commands.exports import add_export_command
from shared.cli.commands.grants import create_grants_app
from shared.cli.commands.imports import add_import_command
from shared.cli.commands.inspection import add_inspect_command
from shared.cli.commands.jobs import create_jobs_app
from shared.cli.commands.keys import create_keys_app
from shared.cli.commands.logins import add_login_commands
from shared.cli.commands.processes import add_process_commands
from shared.cli.commands.schedules import create_schedules_app
from shared.cli.commands.store_keys import add_key_commands
from shared.cli.commands.strays import create_strays_app
from shared.cli.commands.tenants import create_tenants_app
from shared.cli.commands.users import create_users_app
from shared.cli.commands.webhooks import create_webhook_app
from shared.cli.errors import CommandError
from shared.cli.examples import add_examples
from shared.cli.exit_codes import ExitCode, exit_code_of
from shared.cli.screen.text import printable
from shared.cli.shell import Shell
from shared.errors import GraphferryError
from shared.settings.process import Settings, SettingsError

_ADDERS = (
    add_login_commands,
    add_export_command,
    add_import_command,
    add_copy_command,
    add_inspect_command,
    add_diff_command,
)
_MAKERS = (
    create_jobs_app,
    create_archives_app,
    create_strays_app,
    create_applications_app,
    create_damaged_entries_app,
    create_tenants_app,
    create_users_app,
    create_keys_app,
    create_grants_app,
    create_webhook_app,
    create_schedules_app,
)


def create_app(shell: Shell) -> App:
    """Make the command with all that stands below it."""
    app = App(
        name="graphferry",
        help="Moves applications between Neo4j databases as ZIP archives of GraphML.",
        version=TOOL_VERSION,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
        help_format="markdown",
    )
    for add in _ADDERS:
        add(app, shell)
    for make in _MAKERS:
        app.command(make(shell))

    def read_settings() -> Settings:
        return Settings.from_environ(shell.environ)

    add_bootstrap_command(app, read_settings, shell.output)
    add_backup_commands(app, shell, read_settings)
    add_key_commands(app, shell, read_settings)
    add_check_command(app, shell)
    add_process_commands(app, shell.environ)
    add_completion_command(app, shell)
    add_examples(app)
    return app


def execute(
    tokens: Sequence[str], environ: Mapping[str, str], *, source: TextIO, output: TextIO, messages: TextIO
) -> ExitCode:
    """Execute a command line and return its exit code; results go to output, everything else to messages."""
    shell = Shell(environ=environ, input=source, output=output, messages=messages)
    try:
        result = create_app(shell)(list(tokens), exit_on_error=False, print_error=False)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        raise
    except (CycloptsError, SettingsError, CommandError, GraphferryError, OSError) as error:
        message, details, code = _explain(error)
        lines = f"graphferry: {message}", *(f"  {each}" for each in details)
        messages.writelines(f"{printable(line)}\n" for line in lines)
        return code
    return result if isinstance(result, ExitCode) else ExitCode.OK


def _explain(error: Exception) -> tuple[str, Sequence[str], ExitCode]:
    """Return what to tell of an error, and its exit code."""
    match error:
        case CommandError():
            return error.message, error.details, error.exit_code
        case GraphferryError():
            return error.message, error.details, exit_code_of(error)
        case SettingsError():
            return f"the settings are wrong: {error}", (), ExitCode.USAGE
        case CycloptsError():
            return str(error), (), ExitCode.USAGE
        case _:
            return str(error), (), ExitCode.FAILED


def main() -> None:
    """Execute this process's command line; SIGTERM ends it in good order, as Ctrl-C does."""
    terminated = False

    def end(_: int, frame: FrameType | None) -> None:
        nonlocal terminated
        terminated = True
        interrupt = signal.getsignal(signal.SIGINT)
        if not callable(interrupt):  # shells let what they start in the background ignore Ctrl-C
            sys.exit(ExitCode.TERMINATED)
        interrupt(signal.SIGINT, frame)

    signal.signal(signal.SIGTERM, end)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may not know every character of a name
    try:
        code = execute(sys.argv[1:], os.environ, source=sys.stdin, output=sys.stdout, messages=sys.stderr)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads our results has enough of them
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = ExitCode.FAILED
    sys.exit(ExitCode.TERMINATED if terminated else code)


if __name__ == "__main__":
    main()
