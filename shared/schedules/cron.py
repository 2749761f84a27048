"""Lines of cron, and the moments that they mean in a time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise, takewhile
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from shared.errors import InvalidRequestError

NAMED: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""Lines that have a name."""

MOST_CHARACTERS: Final = 200
"""Of a line."""

_LOOKED_AT: Final = 600
"""Moments whose distances are judged: of a line that comes more often than every five minutes, two days at least."""
_LOOKED_AHEAD: Final = timedelta(days=3 * 366)

_EVERY_HOUR: Final = re.compile(r"\*(/1)?")


@dataclass(frozen=True, slots=True)
class Timetable:
    """The moments of a line.

    A line that names hours means the clock on the wall: a time that is left out when the clocks change comes once, at
    the next moment that there is, and one that is there twice comes once, at the first. A line of every hour means
    hours that pass: each has its moments, whatever the clock on the wall shows.
    """

    line: str
    """With five fields."""
    zone: ZoneInfo

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Give the moments after this one, in UTC; it may end where the line never comes again."""
        last = moment
        with suppress(OverflowError):  # the calendar is at its end
            for found in self._find_after(moment):
                if found > last:  # several times that are left out come at one moment
                    last = found
                    yield found

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first moment after this one, in UTC; None where there is none."""
        return next(self.after(moment), None)

    def find_shortest(self, start: datetime) -> timedelta | None:
        """Return the shortest time between two moments that follow one another; None where there are no two."""
        near = takewhile(lambda each: each < start + _LOOKED_AHEAD, islice(self.after(start), _LOOKED_AT))
        return min((later - earlier for earlier, later in pairwise(near)), default=None)

    def _find_after(self, moment: datetime) -> Iterator[datetime]:
        local = moment.astimezone(self.zone)
        if _EVERY_HOUR.fullmatch(self.line.split()[1]):
            return (each.astimezone(UTC) for each in CronSim(self.line, local))
        return (_find_moment(each, self.zone) for each in CronSim(self.line, local.replace(tzinfo=None, fold=0)))


def read_timetable(line: str, zone: str) -> Timetable:
    """Read a line of cron, or a name of one, and a time zone of IANA. Raises: InvalidRequestError."""
    words = line.split()
    five = NAMED.get(words[0].lower(), "") if len(words) == 1 else " ".join(words)
    if len(line) > MOST_CHARACTERS or len(five.split()) != 5:
        raise InvalidRequestError(
            f"Cron line {line[:MOST_CHARACTERS]!r} is not allowed: it needs five fields (minute, hour, day of month, "
            f"month, day of week), such as '30 2 * * mon-fri', or is one of {', '.join(NAMED)}."
        )
    timetable = Timetable(five, read_zone(zone))
    try:
        is_empty = timetable.next_after(datetime(2024, 1, 1, tzinfo=UTC)) is None
    except CronSimError as error:
        raise InvalidRequestError(f"Cron line {line!r} is not allowed: {_lower(str(error))}.") from error
    if is_empty:
        raise InvalidRequestError(f"Cron line {line!r} never comes: no month has such a day.")
    return timetable


def read_zone(name: str) -> ZoneInfo:
    """Read the name of a time zone. Raises: InvalidRequestError."""
    if name not in _list_zones():
        raise InvalidRequestError(f"Time zone {name!r} is unknown; it is a name of IANA, such as UTC or Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _list_zones() -> frozenset[str]:
    """List the names of IANA; the machine's own zone, and that of one without any, are none."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _find_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clocks of a zone first show this time, or a later one where they never do."""
    while True:
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
            return moment
        wall += timedelta(minutes=1)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
