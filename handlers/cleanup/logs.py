"""Removes the logs of jobs whose records the store has let go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError, UnknownJobError
from shared.logs import LOG_ENDING
from shared.resources import Resources

SWEEP_SECONDS: Final = 3600.0
"""Records are kept for days: nobody waits for this."""

_DAY_SECONDS: Final = 86_400


def make_log_sweep(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> Loop:
    """Make the loop that removes logs about every so many seconds."""
    return Loop(
        name="logs",
        work=partial(sweep_logs, resources),
        pauses=every(seconds),
        event="logs not swept",
        reason="reason",
        expected=(GraphferryError, OSError),
    )


async def sweep_logs(resources: Resources) -> None:
    """Remove each log that nobody has written to for as long as records are kept, and that has no record any more.

    Raises: StoreUnavailableError, OSError.
    """
    settings = resources.settings
    before = time.time() - settings.keep_ended_days * _DAY_SECONDS
    for path in await asyncio.to_thread(_list_older, settings.logs_dir, before):
        try:
            await resources.jobs.get(path.name.removesuffix(LOG_ENDING))
        except UnknownJobError:
            path.unlink(missing_ok=True)


def _list_older(folder: Path, before: float) -> Sequence[Path]:
    """List logs last written to before a time, in seconds since 1970. Raises: OSError."""
    older = []
    for path in folder.glob(f"*/*{LOG_ENDING}"):
        with suppress(FileNotFoundError):  # another worker removed it
            if path.lstat().st_mtime < before:
                older.append(path)
    return older
