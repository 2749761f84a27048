"""Keeps a transfer going as long as it comes forward."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.cli.client.retrying import LONGEST_PAUSE, PAUSES, vary
from shared.cli.errors import CommandError
from shared.cli.screen.display import Display

_Result = TypeVar("_Result")


async def persist(
    attempt: Callable[[], Awaitable[_Result]], *, measure: Callable[[], int], display: Display
) -> _Result:
    """Repeat what goes on where it stopped; each step forward brings new patience.

    Raises: what the last attempt did.
    """
    failures, before = 0, measure()
    while True:
        try:
            return await attempt()
        except CommandError as error:
            if (now := measure()) > before:
                failures, before = 0, now
            if error.pause is None or error.pause > LONGEST_PAUSE:
                raise
            if failures == len(PAUSES):
                _tell_how_to_go_on(display)
                raise
            await asyncio.sleep(max(error.pause, vary(PAUSES[failures])))
            failures += 1
        except asyncio.CancelledError:
            _tell_how_to_go_on(display)
            raise


def _tell_how_to_go_on(display: Display) -> None:
    display.warn("What has arrived is kept: the same command goes on where this one stops.")
