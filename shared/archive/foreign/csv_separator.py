"""Tells from a CSV table's header what stands between its fields."""

from __future__ import annotations

import re
from typing import Final

_SEPARATORS: Final = {";": "semicolon", ",": "comma", "\t": "tab"}
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*(?:"|\Z)')


def find_separator(header: str) -> str:
    """Return the separator: the one that the header holds outside of quotes, a semicolon where it holds none.

    Raises: ValueError for a header that can be read in two ways.
    """
    found = [each for each in _SEPARATORS if each in _QUOTED.sub("", header)]
    if len(found) > 1:
        names = " and ".join(name_of(each) for each in found)
        raise ValueError(
            f"The header holds {names}, so that it can be read in two ways. Separate columns with ; alone, "
            "and put names that hold another separator into double quotes"
        )
    return found[0] if found else ";"


def name_of(separator: str) -> str:
    """Return a separator with its name, as messages have it."""
    return "tab" if separator == "\t" else f"{_SEPARATORS[separator]} ({separator})"
