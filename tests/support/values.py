"""Strategies for every property value that Neo4j stores, hostile ones first."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    PropertyValue,
    Scalar,
    Time,
    ZonedDateTime,
)

INTEGERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)
FLOATS = st.floats(allow_nan=False)
"""NaN is left to named examples: it is equal to nothing."""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "\x00\x01\x08\x0b\x0c\x1f",
        "\r\n\t ",
        "￾￿",
        "]]>&lt;<![CDATA[",
        "\u202e\U0001f600",
        "{}",
        '["a"]',
        " a ",
        "\x85\u2028",
    ]
)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda name: not name.lower().startswith("_ferry")
) | st.sampled_from(
    [
        "id",
        "labels",
        "label",
        "source",
        "target",
        "a:b",
        "back`tick",
        "esc\\u0060",
        "\x01",
        " ",
        "日本",
        "Name",
        "'\"<&>",
    ]
)

SECOND_OF_DAY = 86_400
_FIRST_DAY, _LAST_DAY = -800_000, 3_700_000
"""The years -221 to 12100, wider than what Python's own dates hold."""

_DAYS = st.integers(_FIRST_DAY, _LAST_DAY) | st.sampled_from([-735_525, 3_663_382])
_SECONDS = st.integers(_FIRST_DAY * SECOND_OF_DAY, _LAST_DAY * SECOND_OF_DAY)
_NANOSECONDS = st.integers(0, 999_999_999) | st.sampled_from([0, 1, 500_000_000, 999_999_999])
_OF_DAY = st.integers(0, SECOND_OF_DAY * 10**9 - 1)
_OFFSETS = st.integers(-18 * 3600, 18 * 3600) | st.sampled_from([0, 7230, -30, 3600])
ZONES = ("Europe/Berlin", "UTC", "America/St_Johns", "Etc/GMT+12", "Asia/Kathmandu", "GMT")

DATES = st.builds(Date, _DAYS)
DURATIONS = st.builds(
    Duration,
    st.integers(-(10**9), 10**9),
    st.integers(-(10**9), 10**9),
    st.integers(-(10**12), 10**12),
    st.integers(0, 999_999_999),
)
POINTS = (
    st.builds(
        Point,
        st.sampled_from([7203]),
        st.tuples(FLOATS.filter(lambda x: abs(x) < 1e300), FLOATS.filter(lambda x: abs(x) < 1e300)),
    )
    | st.builds(Point, st.just(4979), st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(-1e6, 1e6)))
    | st.builds(Point, st.just(4326), st.tuples(st.floats(-180, 180), st.floats(-90, 90)))
    | st.builds(Point, st.just(9157), st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)))
)

_DATETIMES = st.builds(OffsetDateTime, _SECONDS, _NANOSECONDS, _OFFSETS) | st.builds(
    ZonedDateTime, _SECONDS, _NANOSECONDS, st.sampled_from(ZONES)
)

_OF_ONE_TYPE: list[st.SearchStrategy[Scalar]] = [
    st.booleans(),
    INTEGERS,
    FLOATS,
    TEXTS,
    DATES,
    st.builds(LocalTime, _OF_DAY),
    st.builds(Time, _OF_DAY, _OFFSETS),
    st.builds(LocalDateTime, _SECONDS, _NANOSECONDS),
    st.builds(OffsetDateTime, _SECONDS, _NANOSECONDS, _OFFSETS),
    st.builds(ZonedDateTime, _SECONDS, _NANOSECONDS, st.sampled_from(ZONES)),
    DURATIONS,
]
POINTS_2D = st.builds(Point, st.just(7203), st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)))

SCALARS: st.SearchStrategy[Scalar] = st.one_of(*_OF_ONE_TYPE, POINTS, st.binary(max_size=20))
LISTS: st.SearchStrategy[list[Scalar]] = st.one_of(
    *(st.lists(each, max_size=4) for each in [*_OF_ONE_TYPE, _DATETIMES, POINTS_2D])
)
VALUES: st.SearchStrategy[PropertyValue] = SCALARS | LISTS
PROPERTIES = st.dictionaries(NAMES, VALUES, max_size=5)

FIRST_DAY, LAST_DAY = -365_243_219_162, 365_241_780_471
"""Of the years that servers hold."""
_FIRST, _LAST = FIRST_DAY * SECOND_OF_DAY, LAST_DAY * SECOND_OF_DAY + SECOND_OF_DAY - 1
EXTREMES: list[PropertyValue] = [
    *(Date(FIRST_DAY), Date(LAST_DAY), LocalDateTime(_FIRST, 0), LocalDateTime(_LAST, 999_999_999)),
    *(OffsetDateTime(_LAST - offset, 999_999_999, offset) for offset in (-64_800, 0, 64_800)),
    *(OffsetDateTime(_FIRST - offset, 0, offset) for offset in (-64_800, 0, 64_800)),
    *(ZonedDateTime(_LAST, 0, "UTC"), ZonedDateTime(_FIRST, 0, "UTC")),
    *(ZonedDateTime(_LAST - 3600, 0, "Europe/Berlin"), ZonedDateTime(_LAST + 5 * 3600, 0, "America/New_York")),
    *(Time(0, 64_800), Time(86_399_999_999_999, -64_800)),
    *(Duration(0, 0, 2**63 - 1, 999_999_999), Duration(0, 0, -(2**63), 0)),
]
"""The first and the last values that servers hold."""

BEYOND: list[Any] = [
    *(Date(FIRST_DAY - 1), Date(LAST_DAY + 1), LocalDateTime(_FIRST - 1, 0), LocalDateTime(_LAST + 1, 0)),
    *(OffsetDateTime(0, 0, 64_801), Time(0, -64_801), ZonedDateTime(_LAST, 0, "Europe/Berlin")),
    *(Duration(0, 1, 2**63 - 1, 0), Duration(2**63 // 2_629_746 + 1, 0, 0, 0), Duration(0, 0, 2**63, 0)),
    *(Point(1, (0.0, 0.0)), Point(4326, (0.0, 0.0, 0.0)), Point(4979, (0.0, 90.1, 0.0)), Point(4326, (180.1, 0.0))),
    *(Point(7203, (math.inf, 0.0)), Point(4326, (math.nan, 0.0)), Point(9157, (0.0, 0.0, -math.inf))),
    *([Point(7203, (0.0, 0.0)), Point(9157, (0.0, 0.0, 0.0))], [b"a"], [1, "a"], 2**63),
]
"""What no server holds as it is."""
