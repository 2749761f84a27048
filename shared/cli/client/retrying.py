"""Repeats what may work a moment later."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from shared.cli.errors import CommandError

_Result = TypeVar("_Result")

PAUSES: Final = (0.3, 0.8, 2.0, 5.0)
"""Seconds between attempts: together longer than a gateway needs to start again."""
LONGEST_PAUSE: Final = 30.0
"""Seconds; a gateway that asks for more patience than this is left to the person."""
_SPREAD: Final = 0.25
"""Share of a pause that is left to chance, so that many clients do not come back at once."""


async def repeat(attempt: Callable[[], Awaitable[_Result]], *, is_repeatable: bool = True) -> _Result:
    """Return what the first attempt gives that succeeds. Raises: what the last attempt, or one without hope, raised."""
    for pause in PAUSES if is_repeatable else ():
        try:
            return await attempt()
        except CommandError as error:
            if error.pause is None or error.pause > LONGEST_PAUSE:
                raise
            await asyncio.sleep(max(error.pause, vary(pause)))
    return await attempt()


def vary(pause: float) -> float:
    """Return a pause of about this length."""
    return pause * random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - nothing secret about it
