"""What becomes of the times of a schedule that have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from shared.schedules.cron import Timetable
from shared.schedules.record import Run, RunOutcome, Schedule

PUNCTUAL_SECONDS: Final = 60.0
"""A time that is run no later than this is not late."""

MOST_COUNTED: Final = 1000
"""Times that were missed together: of more, those in the middle are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done about a schedule whose time has come."""

    run: datetime | None
    """The time that is run; None: all are too old."""
    missed: Run | None
    """Those that nobody runs, told together."""
    next_run: datetime | None
    """None: there is none."""


def plan(schedule: Schedule, timetable: Timetable, due: datetime, now: datetime) -> Plan:
    """Run the latest time that has come, unless it is too old; tell all others; `due` is the first of them."""
    bound = now - timedelta(seconds=max(schedule.catch_up_seconds, PUNCTUAL_SECONDS))
    come = _list_come(timetable, due, bound, now)
    run = come[-1] if come[-1] >= bound else None
    missed = come if run is None else come[:-1]
    return Plan(run=run, missed=_tell(missed), next_run=timetable.next_after(now))


def _list_come(timetable: Timetable, due: datetime, bound: datetime, now: datetime) -> Sequence[datetime]:
    """List the times from this one up to now; all from the bound on, of those before it no more than MOST_COUNTED."""
    come = [due, *islice(takewhile(lambda each: each < bound, timetable.after(due)), MOST_COUNTED)]
    start = max(due, bound - timedelta(microseconds=1))
    return [*come, *takewhile(lambda each: each <= now, timetable.after(start))]


def _tell(missed: Sequence[datetime]) -> Run | None:
    if not missed:
        return None
    return Run(
        due=missed[-1],
        outcome=RunOutcome.MISSED,
        number=len(missed),
        first=missed[0],
        reason="No gateway was there to run it in time.",
    )
