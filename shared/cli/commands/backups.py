"""The commands that back an installation up, and restore it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from cyclopts import App

from shared.cli.exit_codes import ExitCode
from shared.cli.options import OUTPUT, Flag, Force, OutputOptions
from shared.cli.screen.display import Display
from shared.cli.shell import Shell
from shared.settings.process import Settings

_MUST_BE_STOPPED: Final = (
    "Gateways and workers must have been stopped up to now: whoever starts first on an empty store fills it from the "
    "mirror of identity in the data folder, and then nothing can be restored into it. Start them now."
)


def add_backup_commands(app: App, shell: Shell, read_settings: Callable[[], Settings]) -> None:
    """Add `backup` and `restore`."""

    @app.command
    async def backup(file: Path, /, *, force: Force = False, options: OutputOptions = OUTPUT) -> None:
        """Write what the job store holds of an installation into one file: gateways and workers may go on meanwhile.

        Tenants, users, keys and grants, jobs, the audit log and a list of all archives are in it; the archives
        themselves, the signing key, logs and the graph are not. It reaches the job store itself, by the variables
        GRAPHFERRY_*.

        Parameters
        ----------
        file
            Where to: a new file, readable by its owner alone, which appears when it is whole and on disk.
        force
            Replace the file if there is one.
        """
        from shared.backup.making import make_backup  # noqa: PLC0415 - slow to import, for this command alone
        from shared.resources import open_archives, open_backups  # noqa: PLC0415

        settings = read_settings()
        async with open_backups(settings) as store, open_archives(settings) as archives:
            counts = await make_backup(file, store=store, archives=archives, force=force)
        display = shell.show(options)
        display.give(str(file), {"file": str(file), **asdict(counts)})
        display.say(
            f"{counts.identity} entries of identity, {counts.jobs} jobs, {counts.keys} keys in all; "
            f"{counts.archives} archives are listed, not copied."
        )

    @app.command
    async def restore(file: Path, /, *, verify: Flag = False, options: OutputOptions = OUTPUT) -> ExitCode:
        """Put a backup into a job store that holds nothing of the installation.

        Stop all gateways and workers first. The file is read through before anything is written; where it cannot be
        written whole, nothing stays. GRAPHFERRY_INSTALLATION may be another name than that of the backup. Archives
        that are missing or differ are named in a warning.

        Parameters
        ----------
        file
            What `graphferry backup` wrote.
        verify
            Write nothing: compare the file with store and archives. The exit code is 1 where something is missing or
            differs.
        """
        settings = read_settings()
        display = shell.show(options)
        return await (_verify if verify else _restore)(file, settings, display)


async def _restore(file: Path, settings: Settings, display: Display) -> ExitCode:
    from shared.backup.restoring import restore_backup  # noqa: PLC0415
    from shared.backup.verifying import compare_archives  # noqa: PLC0415
    from shared.resources import open_archives, open_backups  # noqa: PLC0415

    async with open_backups(settings) as store:
        restored = await restore_backup(file, store=store)
    header, counts = restored.header, restored.counts
    item = {"installation": settings.installation, "backup": asdict(header), **asdict(counts), "kept": restored.kept}
    display.give(
        f"Restored {counts.identity} entries of identity, {counts.jobs} jobs, {counts.keys} keys in all, as of "
        f"{header.time}: the installation {header.installation!r} is {settings.installation!r} here.",
        item,
    )
    if restored.kept is None:
        display.warn("The server does not say whether it has all of it on disk: set `appendonly yes`.")
    async with open_archives(settings) as archives:
        async for each in compare_archives(file, archives):
            display.warn(f"archive {each.name}: {each.found}")
    display.say(_MUST_BE_STOPPED)
    return ExitCode.OK


async def _verify(file: Path, settings: Settings, display: Display) -> ExitCode:
    from shared.backup.file import check_backup  # noqa: PLC0415
    from shared.backup.verifying import verify_backup  # noqa: PLC0415
    from shared.resources import open_archives, open_backups  # noqa: PLC0415

    header, counts = await check_backup(file)
    number = 0
    async with open_backups(settings) as store, open_archives(settings) as archives:
        async for each in verify_backup(file, header, store=store, archives=archives):
            number += 1
            display.give(f"{each.part} {each.name}: {each.found}", asdict(each))
    display.say(
        f"{counts.identity} entries of identity, {counts.jobs} jobs and {counts.archives} archives compared: "
        f"{number or 'none'} missing or different."
    )
    return ExitCode.FAILED if number else ExitCode.OK
