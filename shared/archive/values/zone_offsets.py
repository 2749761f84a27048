"""The offset that a time zone has at an instant, in any year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CYCLE_SECONDS: Final = 146_097 * 86_400
"""400 Gregorian years, after which dates and weekdays repeat, so do the rules of the far past or future."""
_FIRST: Final = -62_000_000_000
"""In the year 5, seconds since the epoch: Python's dates begin in the year 1."""
_LAST: Final = 253_000_000_000
"""In the year 9987: they end in 9999."""


class UnknownZoneError(ValueError):
    """A name that the machine's table of zones does not hold."""


def offset_at(zone: str, seconds: int) -> int:
    """Return the offset in seconds at seconds since the epoch. Raises: UnknownZoneError."""
    try:
        rules = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:  # no such zone, no such name, a folder of zones
        raise UnknownZoneError(zone) from error
    offset = (_EPOCH + timedelta(seconds=_within_python(seconds))).astimezone(rules).utcoffset()
    if offset is None:
        raise UnknownZoneError(zone)
    return int(offset.total_seconds())


def _within_python(seconds: int) -> int:
    if seconds < _FIRST:
        return seconds + _CYCLE_SECONDS * -((seconds - _FIRST) // _CYCLE_SECONDS)
    if seconds > _LAST:
        return seconds - _CYCLE_SECONDS * -((_LAST - seconds) // _CYCLE_SECONDS)
    return seconds
