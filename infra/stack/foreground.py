"""Runs something until it ends or somebody stops it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from infra.console import complain, say
from infra.engines.process import EngineError
from shared.errors import GraphferryError
from shared.settings.process import SettingsError

INTERRUPTED = 130
"""What shells show for a program that Ctrl-C ended."""


def with_errors_told(work: Callable[[], int]) -> int:
    """Return the work's exit code; 1 after saying the reason when it cannot be done."""
    try:
        return work()
    except (EngineError, SettingsError, GraphferryError) as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def run_in_foreground(work: Coroutine[Any, Any, int]) -> int:
    """Return the work's exit code; INTERRUPTED after an orderly stop, when SIGTERM or Ctrl-C asked for it."""
    return asyncio.run(_work_until_told(work))


async def _work_until_told(work: Coroutine[Any, Any, int]) -> int:
    working = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    told = False

    def stop() -> None:
        nonlocal told
        if not told:  # a second signal must not break off the orderly stop
            told = True
            say("Stopping …")
            working.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        return await working
    except asyncio.CancelledError:
        return INTERRUPTED
