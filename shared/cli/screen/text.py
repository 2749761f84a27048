"""Turns values of answers into text that is safe and short to read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import orjson

_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control and format characters: a name must not move the cursor, colour the screen or turn text around."""
_TIME: Final = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$")
_UNITS: Final = ("kB", "MB", "GB", "TB")


def printable(text: str) -> str:
    """Return a text on one line, with U+FFFD for every character that a terminal would obey."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each) in _UNSAFE else each for each in text)


def size(count: float) -> str:
    """Return bytes for people: `12.3 MB`."""
    if count < 1000:
        return f"{count:.0f} B"
    for unit in _UNITS:
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count:.1f} {_UNITS[-1]}"


def pick(item: Mapping[str, Any], path: str) -> str:
    """Return for people what stands at a path such as `progress.nodes_done`; what ends in `bytes` is a size."""
    value = _value(item, path)
    return size(value) if path.endswith("bytes") and isinstance(value, int) else _cell(value)


def is_number(item: Mapping[str, Any], path: str) -> bool:
    """Return whether a number stands at the path, or nothing."""
    value = _value(item, path)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _value(item: Mapping[str, Any], path: str) -> Any:
    value: Any = item
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _cell(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case list() if value:
            return ", ".join(map(_cell, value))
        case str() if value:
            return printable(_TIME.sub(r"\1 \2Z", value))
        case _:
            return printable(orjson.dumps(value).decode()) if value else "-"
