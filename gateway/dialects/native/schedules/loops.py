"""The background loops of schedules: every gateway looks, and each time is run by one of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from gateway.dialects.native.schedules.keeping import remove_all_superfluous
from gateway.dialects.native.schedules.looking import DueRuns
from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError
from shared.resources import Resources

LOOK_SECONDS: Final = 2.0
"""How late a time is run at most, about."""

SWEEP_SECONDS: Final = 600.0
"""Archives are removed when another is made; this is for rules that change, and for gateways that died."""


def make_schedule_loops(resources: Resources, due: DueRuns) -> Sequence[Loop]:
    """Make the loop that runs what is due, and the one that removes what no rule keeps."""
    return (
        Loop(
            name="schedules",
            work=due.look,
            pauses=every(LOOK_SECONDS),
            event="schedules could not be run",
        ),
        Loop(
            name="schedule archives",
            work=partial(remove_all_superfluous, resources),
            pauses=every(SWEEP_SECONDS),
            event="archives of schedules not removed",
            expected=(GraphferryError, OSError),
        ),
    )
