"""Turns values of answers into text that is safe and short to read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import orjson

_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control and format characters: a name must not move the cursor, colour the screen or turn text around."""
_TIME: Final = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$")
_UNITS: Final = ("KiB", "MiB", "GiB", "TiB")

_SPANS: Final = ((60, 1, "s", 0, ""), (3600, 60, "min", 1, "s"), (86_400, 3600, "h", 60, "min"))
"""Up to how many seconds a span is told in which unit, and in which smaller one."""


def printable(text: str) -> str:
    """Return a text on one line, with U+FFFD for every character that a terminal would obey."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each) in _UNSAFE else each for each in text)


def size(count: float) -> str:
    """Return bytes for people, as the page does: `1.5 MiB`, `12 MiB`."""
    unit = "B"
    for larger in _UNITS:
        if count < 1024:
            break
        count, unit = count / 1024, larger
    return f"{count:.{1 if count < 10 and unit != 'B' else 0}f} {unit}"


def duration(seconds: float) -> str:
    """Return a time span for people, as the page does: `1.5 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    for limit, unit, name, part, its_name in _SPANS:
        if whole < limit:
            return f"{whole // unit} {name}" + (f" {whole % unit // part} {its_name}" if part else "")
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def moment(time: datetime, zone: tzinfo | None) -> str:
    """Return a time for people with its distance from UTC; None: in the zone of this machine."""
    there = time.astimezone(zone)
    distance = there.strftime("%z")
    named = f"{distance[:3]}:{distance[3:]}" if there.utcoffset() else "Z"
    return f"{there:%Y-%m-%d %H:%M:%S}{named}"


def pick(item: Mapping[str, Any], path: str, zone: tzinfo | None = UTC) -> str:
    """Return for people what stands at a path such as `progress.nodes_done`; what ends in `bytes` is a size."""
    value = _value(item, path)
    return size(value) if path.endswith("bytes") and isinstance(value, int) else _cell(value, zone)


def is_number(item: Mapping[str, Any], path: str) -> bool:
    """Return whether a number stands at the path, or nothing."""
    value = _value(item, path)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _value(item: Mapping[str, Any], path: str) -> Any:
    value: Any = item
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _cell(value: object, zone: tzinfo | None) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case list() if value:
            return ", ".join(_cell(each, zone) for each in value)
        case str() if _TIME.fullmatch(value):
            return moment(datetime.fromisoformat(value), zone)
        case str() if value:
            return printable(value)
        case _:
            return printable(orjson.dumps(value).decode()) if value else "-"
