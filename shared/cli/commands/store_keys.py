"""The command that gives the keys of an installation the names that they have today."""

from __future__ import annotations

from collections.abc import Callable

from cyclopts import App

from shared.cli.options import OUTPUT, OutputOptions
from shared.cli.shell import Shell
from shared.settings.process import Settings


def add_key_commands(app: App, shell: Shell, read_settings: Callable[[], Settings]) -> None:
    """Add `move-keys`."""

    @app.command(name="move-keys")
    async def move_keys(*, options: OutputOptions = OUTPUT) -> None:
        """Move a job store that earlier versions wrote to the key names of today, all of which begin with the
        installation's name in braces.

        All gateways and workers must be of this version; they may be at work. While it runs, about a minute for a
        million keys, requests are answered with 503, and workers wait. Interrupted, it goes on where it stood when it
        is run again; until then nobody can work. It reaches the job store itself, by the variables GRAPHFERRY_*.
        """
        from shared.resources import open_keys  # noqa: PLC0415 - slow to import, for this command alone

        display = shell.show(options)
        async with open_keys(read_settings()) as keys:
            if not await keys.begin():
                display.give("Nothing to do.", {"moved": 0, "beginning": keys.beginning})
                return
            moved = sum([number async for number in keys.move()])
            kept = await keys.end()
        display.give(f"{moved} keys begin with {keys.beginning}: now.", {"moved": moved, "beginning": keys.beginning})
        if kept is None:
            display.warn("The server does not say whether it has all of it on disk: set `appendonly yes`.")
