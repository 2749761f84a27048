from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.archive.values import temporal
from shared.archive.values.value_kinds import kind_of
from shared.graph import Date, Duration, LocalDateTime, LocalTime, OffsetDateTime, PropertyValue, Time, ZonedDateTime
from tests.support.values import EXTREMES, FIRST_DAY, LAST_DAY


@given(st.dates())
def test_calendar_agrees_with_python(day: dt.date) -> None:
    days = (day - dt.date(1970, 1, 1)).days
    assert temporal.calendar_of(days) == (day.year, day.month, day.day)
    assert temporal.days_of(day.year, day.month, day.day) == days
    assert temporal.date_text(Date(days)) == day.isoformat()


INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.integers(FIRST_DAY, LAST_DAY))
def test_dates_of_every_year_come_back(days: int) -> None:
    assert temporal.parse_date(temporal.date_text(Date(days))) == Date(days)


@pytest.mark.parametrize(
    ("year", "month", "day", "text"),
    [
        (-44, 3, 15, "-0044-03-15"),
        (0, 2, 29, "0000-02-29"),
        (12_000, 1, 1, "+12000-01-01"),
        (999_999_999, 12, 31, "+999999999-12-31"),
        (-999_999_999, 1, 1, "-999999999-01-01"),
    ],
)
def test_years_outside_of_four_digits_carry_their_sign(year: int, month: int, day: int, text: str) -> None:
    value = Date(temporal.days_of(year, month, day))
    assert temporal.date_text(value) == text
    assert temporal.parse_date(text) == value


def test_texts() -> None:
    second = 1_717_236_000
    assert temporal.zoned_datetime_text(ZonedDateTime(second, 5, "Europe/Berlin")) == (
        "2024-06-01T10:00:00.000000005Z[Europe/Berlin]"
    )
    assert temporal.offset_datetime_text(OffsetDateTime(second, 0, 7230)) == "2024-06-01T12:00:30+02:00:30"
    assert temporal.offset_datetime_text(OffsetDateTime(second, 0, 0)) == "2024-06-01T10:00:00Z"
    assert temporal.offset_datetime_text(OffsetDateTime(second, 0, -30)) == "2024-06-01T09:59:30-00:00:30"
    assert temporal.local_datetime_text(LocalDateTime(-1, 1)) == "1969-12-31T23:59:59.000000001"
    assert temporal.local_time_text(LocalTime(86_399_999_999_999)) == "23:59:59.999999999"
    assert temporal.time_text(Time(0, 3600)) == "00:00:00+01:00"
    assert temporal.duration_text(Duration(14, 3, -1, 999_999_999)) == "P14M3DT-0.000000001S"


@given(st.integers(-(10**12), 10**12), st.integers(-(10**13), 10**13), INT64, st.integers(0, 999_999_999))
@example(0, 0, 2**63 - 1, 999_999_999)
@example(0, 0, -(2**63), 0)
def test_durations_keep_their_four_parts(months: int, days: int, seconds: int, nanoseconds: int) -> None:
    value = Duration(months, days, seconds, nanoseconds)
    assume(-(2**63) <= months * 2_629_746 + days * 86_400 + seconds < 2**63)
    assert temporal.parse_duration(temporal.duration_text(value)) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (temporal.parse_date, "2023-02-29"),
        (temporal.parse_date, "2023-13-01"),
        (temporal.parse_date, "yesterday"),
        (temporal.parse_local_time, "24:00:00"),
        (temporal.parse_time, "10:00:00"),
        (temporal.parse_time, "10:00:00+02:60"),
        (temporal.parse_local_datetime, "2024-06-01 10:00:00"),
        (temporal.parse_offset_datetime, "2024-06-01T10:00:00"),
        (temporal.parse_zoned_datetime, "2024-06-01T10:00:00+02:00[Europe/Berlin]"),
        (temporal.parse_duration, "P1Y"),
        (temporal.parse_date, "+1000000000-01-01"),
        (temporal.parse_date, "-1000000000-12-31"),
        (temporal.parse_local_datetime, "+1000000000-01-01T00:00:00"),
        (temporal.parse_offset_datetime, "+1000000000-01-01T00:59:59+01:00"),
        (temporal.parse_offset_datetime, "2024-06-01T10:00:00+18:00:01"),
        (temporal.parse_zoned_datetime, "+999999999-12-31T23:59:59Z[Europe/Berlin]"),
        (temporal.parse_zoned_datetime, "-999999999-01-01T00:00:00Z[America/New_York]"),
        (temporal.parse_zoned_datetime, "+1000000000-01-02T00:00:00Z[UTC]"),
        (temporal.parse_zoned_datetime, "2024-06-01T10:00:00Z[Mars/Olympus_Mons]"),
        (temporal.parse_time, "10:00:00-18:00:01"),
        (temporal.parse_duration, "P9223372036854775807M0DT0S"),
        (temporal.parse_duration, "P0M9223372036854775807DT0S"),
        (temporal.parse_duration, "P0M1DT9223372036854775807S"),
        (temporal.parse_duration, "P0M0DT9223372036854775808S"),
        (temporal.parse_duration, "P0M0DT0S9223372036854775808N"),
    ],
)
def test_other_texts_are_refused(parse: object, text: str) -> None:
    with pytest.raises(ValueError, match="no"):
        parse(text)  # type: ignore[operator]


@pytest.mark.parametrize("value", EXTREMES)
def test_the_extremes_that_servers_hold_are_read(value: PropertyValue) -> None:
    kind = kind_of(value)
    assert kind.parse(kind.text(value)) == value
