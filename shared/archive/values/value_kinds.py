"""The kinds of values that an archive can declare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.archive.values import temporal
from shared.archive.values.text import (
    boolean_text,
    bytes_text,
    checked_boolean,
    checked_float,
    checked_integer,
    checked_string,
    float_text,
    is_special,
    json_text,
    parse_boolean,
    parse_bytes,
    parse_float,
    parse_integer,
    parse_json_string,
    parse_list,
    parse_point,
    point_text,
)
from shared.archive.values.xml_text import is_allowed
from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    PropertyValue,
    Time,
    ZonedDateTime,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """A value type as an archive declares it."""

    code: str
    """The last part of a key's id."""
    attr_type: str
    """GraphML's word: boolean, long, double, string."""
    attr_list: str | None = None
    """The element type, where other readers can know it."""
    hint: str | None = None
    """What GraphML cannot say; None where it says all."""
    text: Callable[[Any], str]
    parse: Callable[[str], PropertyValue]
    """Raises: ValueError."""


def _native_list(code: str, attr_list: str, checked: Callable[[object], Any]) -> Kind:
    return Kind(
        code=code + "l",
        attr_type="string",
        attr_list=attr_list,
        text=lambda values: json_text([checked(value) for value in values]),
        parse=lambda text: parse_list(text, checked),
    )


def _hinted(hint: str, text: Callable[[Any], str], parse: Callable[[str], Any]) -> Kind:
    return Kind(code=hint, attr_type="string", hint=hint, text=text, parse=parse)


def _hinted_list(element: Kind) -> Kind:
    return Kind(
        code=f"{element.hint}-list",
        attr_type="string",
        attr_list="string",
        hint=f"{element.hint}-list",
        text=lambda values: json_text([element.text(value) for value in values]),
        parse=lambda text: parse_list(text, lambda part: element.parse(checked_string(part))),
    )


def _parse_points(text: str) -> list[Any]:
    points: list[Any] = parse_list(text, lambda part: parse_point(checked_string(part)))
    if len({point.srid for point in points}) > 1:
        raise ValueError("a list of points of several SRIDs")
    return points


def _datetime_text(value: OffsetDateTime | ZonedDateTime) -> str:
    if isinstance(value, ZonedDateTime):
        return temporal.zoned_datetime_text(value)
    return temporal.offset_datetime_text(value)


def _parse_datetime(text: str) -> OffsetDateTime | ZonedDateTime:
    """A zone stands in brackets at the end."""
    return temporal.parse_zoned_datetime(text) if text.endswith("]") else temporal.parse_offset_datetime(text)


def _parse_empty(text: str) -> list[Any]:
    if parse_list(text, lambda element: element):
        raise ValueError("not an empty list")
    return []


BOOLEAN: Final = Kind(code="b", attr_type="boolean", text=boolean_text, parse=parse_boolean)
INTEGER: Final = Kind(code="i", attr_type="long", text=lambda value: str(checked_integer(value)), parse=parse_integer)
FLOAT: Final = Kind(code="f", attr_type="double", text=float_text, parse=parse_float)
STRING: Final = Kind(code="s", attr_type="string", text=str, parse=str)
SPECIAL_FLOAT: Final = _hinted("float", float_text, parse_float)
JSON_STRING: Final = _hinted("json", json_text, parse_json_string)
EMPTY_LIST: Final = Kind(
    code="empty-list", attr_type="string", attr_list="string", hint="empty-list", text=json_text, parse=_parse_empty
)

_BYTES: Final = _hinted("bytes", bytes_text, parse_bytes)
_POINT: Final = _hinted("point", point_text, parse_point)
_HINTED_TYPES: Final[Mapping[type, Kind]] = {
    bytes: _BYTES,
    Point: _POINT,
    Date: _hinted("date", temporal.date_text, temporal.parse_date),
    LocalTime: _hinted("localtime", temporal.local_time_text, temporal.parse_local_time),
    Time: _hinted("time", temporal.time_text, temporal.parse_time),
    LocalDateTime: _hinted("localdatetime", temporal.local_datetime_text, temporal.parse_local_datetime),
    OffsetDateTime: _hinted("datetime", temporal.offset_datetime_text, temporal.parse_offset_datetime),
    ZonedDateTime: _hinted("zoneddatetime", temporal.zoned_datetime_text, temporal.parse_zoned_datetime),
    Duration: _hinted("duration", temporal.duration_text, temporal.parse_duration),
}

KINDS_OF_TYPES: Final[Mapping[type, Kind]] = {
    bool: BOOLEAN,
    int: INTEGER,
    float: FLOAT,
    str: STRING,
    **_HINTED_TYPES,
}
"""By type alone: right for all values but special floats, strings that XML forbids, lists."""

_LISTS: Final[Mapping[Kind, Kind]] = {
    BOOLEAN: _native_list("b", "boolean", checked_boolean),
    INTEGER: _native_list("i", "long", checked_integer),
    FLOAT: _native_list("f", "double", checked_float),
    STRING: _native_list("s", "string", checked_string),
    **{kind: _hinted_list(kind) for kind in (SPECIAL_FLOAT, *_HINTED_TYPES.values()) if kind not in (_BYTES, _POINT)},
    _POINT: replace(_hinted_list(_POINT), parse=_parse_points),
}
"""Servers hold no list of byte arrays."""

LISTS_OF_TYPES: Final[Mapping[type, Kind]] = {
    each: _LISTS[kind] for each, kind in KINDS_OF_TYPES.items() if kind in _LISTS
}
"""By the elements' type alone: right for all but empty lists, lists with special floats."""

DATETIME_LIST: Final = _hinted_list(_hinted("mixeddatetime", _datetime_text, _parse_datetime))
"""Some elements with an offset, some with a zone: one type to the server, and the only list of two of ours."""
_DATETIMES: Final = {OffsetDateTime, ZonedDateTime}

KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind
    for kind in (
        *KINDS_OF_TYPES.values(),
        *_LISTS.values(),
        SPECIAL_FLOAT,
        JSON_STRING,
        EMPTY_LIST,
        DATETIME_LIST,
    )
}
"""By code, which is the hint too where there is one."""

NATIVE_LISTS: Final[Mapping[str, Kind]] = {
    kind.attr_list: kind for kind in _LISTS.values() if kind.hint is None and kind.attr_list is not None
}
"""By GraphML's word for the elements."""


def kind_of(value: object) -> Kind:
    """Return the kind of a value. Raises: ValueError for what Neo4j cannot store, or no archive can carry."""
    if isinstance(value, list):
        return _kind_of_list(value)
    kind = KINDS_OF_TYPES.get(type(value))
    if kind is None:
        raise ValueError(f"values of type {type(value).__name__} are not supported")
    if kind is FLOAT and is_special(value):  # type: ignore[arg-type]
        return SPECIAL_FLOAT
    if kind is STRING and not is_allowed(value):  # type: ignore[arg-type]
        return JSON_STRING
    return kind


def _kind_of_list(values: list[object]) -> Kind:
    types = set(map(type, values))
    if not types:
        return EMPTY_LIST
    if types == _DATETIMES:
        return DATETIME_LIST
    if len(types) > 1:
        raise ValueError(f"a list of several types: {', '.join(sorted(each.__name__ for each in types))}")
    kind = LISTS_OF_TYPES.get(types.pop())
    if kind is None:
        raise ValueError(f"lists of {type(values[0]).__name__} are not supported")
    if kind is _LISTS[FLOAT] and any(map(is_special, values)):  # type: ignore[arg-type]
        return _LISTS[SPECIAL_FLOAT]
    return kind
