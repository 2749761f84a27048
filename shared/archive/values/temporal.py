"""ISO 8601 texts of temporal values, exact for every year, offset or zone that Neo4j knows."""

from __future__ import annotations

import re
from typing import Final

from shared.archive.values.zone_offsets import offset_at
from shared.archive.values.zones import is_known
from shared.graph import Date, Duration, LocalDateTime, LocalTime, OffsetDateTime, Time, ZonedDateTime

NANOSECONDS: Final = 1_000_000_000
_DAY_SECONDS: Final = 86_400
_CYCLE_DAYS: Final = 146_097
"""Days of 400 Gregorian years, after which the calendar repeats."""
_CYCLE_YEARS: Final = 400
_EPOCH_SHIFT: Final = 719_468
"""Days from 0000-03-01, where a year that begins in March has its leap day last, to 1970-01-01."""

_FIRST_SECOND: Final = -365_243_219_162 * _DAY_SECONDS
"""The year -999 999 999 begins; the local time of any value, seconds since the epoch, as for the next."""
_LAST_SECOND: Final = 365_241_780_472 * _DAY_SECONDS - 1
"""The year 999 999 999 ends. Servers drop the connection at a later datetime."""
_MOST_OFFSET: Final = 18 * 3600
"""Seconds. Servers drop the connection at a larger one."""
_INT64: Final = 2**63
_MONTH_SECONDS: Final = 2_629_746
"""A month's mean length, by which servers find out whether a duration overflows."""

_DATE = r"([+-]?[0-9]{4,10})-([0-9]{2})-([0-9]{2})"
_TIME = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
_OFFSET = r"(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
_DATE_PATTERN: Final = re.compile(_DATE)
_TIME_PATTERN: Final = re.compile(_TIME)
_OFFSET_TIME_PATTERN: Final = re.compile(f"({_TIME}){_OFFSET}")
_DATETIME_PATTERN: Final = re.compile(f"({_DATE})T({_TIME})")
_OFFSET_DATETIME_PATTERN: Final = re.compile(f"({_DATE}T{_TIME}){_OFFSET}")
_ZONED_PATTERN: Final = re.compile(rf"({_DATE}T{_TIME})Z\[(.+)\]", re.DOTALL)
_DURATION_PATTERN: Final = re.compile(
    r"P(-?[0-9]+)M(-?[0-9]+)DT(-?)([0-9]+)(?:\.([0-9]{1,9}))?S",
)


def _matched(pattern: re.Pattern[str], text: str, what: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"not a {what}")
    return match


def days_of(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01 of a proleptic Gregorian date."""
    shifted = year - (month <= 2)
    cycle, year_of_cycle = divmod(shifted, _CYCLE_YEARS)
    day_of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    day_of_cycle = year_of_cycle * 365 + year_of_cycle // 4 - year_of_cycle // 100 + day_of_year
    return cycle * _CYCLE_DAYS + day_of_cycle - _EPOCH_SHIFT


def calendar_of(days: int) -> tuple[int, int, int]:
    """Return year, month and day of a number of days since 1970-01-01."""
    cycle, day_of_cycle = divmod(days + _EPOCH_SHIFT, _CYCLE_DAYS)
    leap_days = day_of_cycle // 1460 - day_of_cycle // 36_524 + day_of_cycle // 146_096
    year_of_cycle = (day_of_cycle - leap_days) // 365
    day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle // 4 - year_of_cycle // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = (month_from_march + 2) % 12 + 1
    return cycle * _CYCLE_YEARS + year_of_cycle + (month <= 2), month, day


def _days_text(days: int) -> str:
    year, month, day = calendar_of(days)
    if year < 0:
        return f"-{-year:04}-{month:02}-{day:02}"
    return f"{'+' if year > 9999 else ''}{year:04}-{month:02}-{day:02}"


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09}" if nanoseconds else ""


def _clock_text(second: int, nanoseconds: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{_fraction(nanoseconds)}"


def _offset_text(seconds: int) -> str:
    if not seconds:
        return "Z"
    size = abs(seconds)
    tail = f":{size % 60:02}" if size % 60 else ""
    return f"{'-' if seconds < 0 else '+'}{size // 3600:02}:{size // 60 % 60:02}{tail}"


def _instant_text(seconds: int, nanoseconds: int) -> str:
    days, second = divmod(seconds, _DAY_SECONDS)
    return f"{_days_text(days)}T{_clock_text(second, nanoseconds)}"


def _parse_days(text: str) -> int:
    year, month, day = (int(part) for part in _matched(_DATE_PATTERN, text, "date").groups())
    days = days_of(year, month, day)
    if calendar_of(days) != (year, month, day):
        raise ValueError("no such day")
    return days


def _parse_clock(text: str) -> tuple[int, int]:
    hour, minute, second, fraction = _matched(_TIME_PATTERN, text, "time of day").groups()
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        raise ValueError("no such time of day")
    return int(hour) * 3600 + int(minute) * 60 + int(second), int((fraction or "0").ljust(9, "0"))


def _parse_offset(text: str) -> int:
    if text == "Z":
        return 0
    parts = [int(part) for part in text[1:].split(":")]
    if any(part > 59 for part in parts):
        raise ValueError("no such offset")
    size = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    if size > _MOST_OFFSET:
        raise ValueError("no offset within 18 hours")
    return -size if text[0] == "-" else size


def _parse_instant(text: str) -> tuple[int, int]:
    groups = _matched(_DATETIME_PATTERN, text, "date and time").groups()
    second, nanoseconds = _parse_clock(groups[4])
    return _parse_days(groups[0]) * _DAY_SECONDS + second, nanoseconds


def _require_local(seconds: int) -> None:
    """Refuse a local time that no server holds. Raises: ValueError."""
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise ValueError("no year from -999999999 to 999999999")


def date_text(value: Date) -> str:
    """Write `2024-06-01`; a year outside 0 to 9999 carries its sign."""
    return _days_text(value.days)


def parse_date(text: str) -> Date:
    """Read what date_text wrote. Raises: ValueError."""
    days = _parse_days(text)
    _require_local(days * _DAY_SECONDS)
    return Date(days)


def local_time_text(value: LocalTime) -> str:
    """Write `10:00:00.000000005`."""
    return _clock_text(*divmod(value.nanoseconds, NANOSECONDS))


def parse_local_time(text: str) -> LocalTime:
    """Read what local_time_text wrote. Raises: ValueError."""
    second, nanoseconds = _parse_clock(text)
    return LocalTime(second * NANOSECONDS + nanoseconds)


def time_text(value: Time) -> str:
    """Write `10:00:00+02:00:30`, local time and offset."""
    return _clock_text(*divmod(value.nanoseconds, NANOSECONDS)) + _offset_text(value.offset_seconds)


def parse_time(text: str) -> Time:
    """Read what time_text wrote. Raises: ValueError."""
    groups = _matched(_OFFSET_TIME_PATTERN, text, "time of day with an offset").groups()
    second, nanoseconds = _parse_clock(groups[0])
    return Time(second * NANOSECONDS + nanoseconds, _parse_offset(groups[-1]))


def local_datetime_text(value: LocalDateTime) -> str:
    """Write `2024-06-01T10:00:00`."""
    return _instant_text(value.seconds, value.nanoseconds)


def parse_local_datetime(text: str) -> LocalDateTime:
    """Read what local_datetime_text wrote. Raises: ValueError."""
    seconds, nanoseconds = _parse_instant(text)
    _require_local(seconds)
    return LocalDateTime(seconds, nanoseconds)


def offset_datetime_text(value: OffsetDateTime) -> str:
    """Write `2024-06-01T12:00:30+02:00:30`, local time and offset."""
    local = _instant_text(value.seconds + value.offset_seconds, value.nanoseconds)
    return local + _offset_text(value.offset_seconds)


def parse_offset_datetime(text: str) -> OffsetDateTime:
    """Read what offset_datetime_text wrote. Raises: ValueError."""
    groups = _matched(_OFFSET_DATETIME_PATTERN, text, "date and time with an offset").groups()
    seconds, nanoseconds = _parse_instant(groups[0])
    _require_local(seconds)
    offset = _parse_offset(groups[-1])
    return OffsetDateTime(seconds - offset, nanoseconds, offset)


def zoned_datetime_text(value: ZonedDateTime) -> str:
    """Write `2024-06-01T10:00:00Z[Europe/Berlin]`: in UTC, so that no table of zones is needed to read it."""
    return f"{_instant_text(value.seconds, value.nanoseconds)}Z[{value.zone}]"


def parse_zoned_datetime(text: str) -> ZonedDateTime:
    """Read what zoned_datetime_text wrote. Raises: ValueError."""
    groups = _matched(_ZONED_PATTERN, text, "date and time in UTC with a zone").groups()
    (seconds, nanoseconds), zone = _parse_instant(groups[0]), groups[-1]
    if not is_known(zone):
        raise ValueError("no time zone that servers know")
    if not _FIRST_SECOND + _MOST_OFFSET <= seconds <= _LAST_SECOND - _MOST_OFFSET:
        _require_local(seconds + offset_at(zone, seconds))
    return ZonedDateTime(seconds, nanoseconds, zone)


def duration_text(value: Duration) -> str:
    """Write `P14M3DT-0.000000001S`."""
    total = value.seconds * NANOSECONDS + value.nanoseconds
    second, nanoseconds = divmod(abs(total), NANOSECONDS)
    return f"P{value.months}M{value.days}DT{'-' if total < 0 else ''}{second}{_fraction(nanoseconds)}S"


def parse_duration(text: str) -> Duration:
    """Read what duration_text wrote. Raises: ValueError."""
    months, days, sign, second, fraction = _matched(_DURATION_PATTERN, text, "duration").groups()
    total = int(second) * NANOSECONDS + int((fraction or "0").ljust(9, "0"))
    seconds, nanoseconds = divmod(-total if sign else total, NANOSECONDS)
    value = Duration(int(months), int(days), seconds, nanoseconds)
    _require_duration(value)
    return value


def _require_duration(value: Duration) -> None:
    """Refuse a duration that no server holds. Raises: ValueError."""
    total = value.months * _MONTH_SECONDS + value.days * _DAY_SECONDS + value.seconds
    parts = (value.months, value.days, value.seconds, total)
    if not all(-_INT64 <= each < _INT64 for each in parts):
        raise ValueError("no duration of at most 2^63 seconds")
