"""Parts of files, as RFC 9110 has them."""

from __future__ import annotations

import re
from typing import Final

from gateway.http_errors import RangeNotSatisfiableError

_SPEC = re.compile("([0-9]*)-([0-9]*)")
_MOST_DIGITS: Final = 18
_FAR: Final = 10**_MOST_DIGITS
"""Behind the end of any file."""


def choose_range(header: str, size: int) -> range | None:
    """Return the bytes that a Range header asks for; None: all of them, as for each header that may be passed over.

    Who asks for several parts gets all, unless a single one of them lies within the file. Raises:
    RangeNotSatisfiableError.
    """
    unit, _, text = header.partition("=")
    parts = [_cut(each.strip(), size) for each in text.split(",") if each.strip()]
    wanted = [part for part in parts if part]
    if unit.strip().lower() != "bytes" or size == 0 or not parts or None in parts or len(wanted) > 1:
        return None
    if not wanted:
        message = f"Range {header!r} lies outside the file's {size} bytes."
        raise RangeNotSatisfiableError(message, headers={"Content-Range": f"bytes */{size}"})
    return wanted[0]


def _cut(spec: str, size: int) -> range | None:
    """Return what one part has within the file; None where it is malformed."""
    match = _SPEC.fullmatch(spec)
    if match is None or spec == "-":
        return None
    first, last = match.groups()
    if first == "":
        return range(max(size - _number(last), 0), size)
    if last == "":
        return range(_number(first), size)
    return range(_number(first), min(_number(last) + 1, size)) if _number(first) <= _number(last) else None


def _number(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MOST_DIGITS else _FAR
