"""Passes packed values without reading them, so that what comes is known to be whole before the driver reads it.

The driver's extension ends the process for a length that lies, and for values in each other by the thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.native import is_compiled

_DEEPEST: Final = 32
"""Lists, maps and structures in each other, as in the codec."""

_STEPS: Final[Mapping[int, tuple[int, int | None]]] = {
    **dict.fromkeys((*range(0x80), 0xC0, 0xC2, 0xC3, *range(0xF0, 0x100)), (1, None)),
    0xC1: (9, None),
    0xC8: (2, None),
    0xC9: (3, None),
    0xCA: (5, None),
    0xCB: (9, None),
    0xE0: (17, None),
    **{0x80 + size: (1 + size, None) for size in range(16)},
    **{0x90 + size: (1, size) for size in range(16)},
    **{0xA0 + size: (1, 2 * size) for size in range(16)},
    **{0xB0 + size: (2, size) for size in range(16)},
}
"""By marker: the bytes that a value has, but for the values in it; how many these are, for what holds any."""

_COUNTS: Final[Mapping[int, tuple[int, int | None]]] = {
    **dict.fromkeys((0xCC, 0xCD, 0xCE, 0xD0, 0xD1, 0xD2), (1, None)),
    **dict.fromkeys((0xD4, 0xD5, 0xD6), (0, 1)),
    **dict.fromkeys((0xD8, 0xD9, 0xDA), (0, 2)),
}
"""By marker that a count follows: the same, for each that is counted."""


def pass_value(content: bytes | memoryview, at: int) -> int:
    """Return where the value that begins at a place ends. Raises: IndexError, ValueError for what is none."""
    if not is_compiled():
        return pass_in_python(content, at)
    from shared.native.packstream import pass_values  # noqa: PLC0415 - only where it is compiled

    return pass_values(content, at, 1)


def pass_in_python(content: bytes | memoryview, at: int) -> int:
    """Pass a value as the codec does; whether a map's keys are texts is left to the driver."""
    left = [1]  # values to come: of all, then of each that holds the next
    while left:
        if left[-1] == 0:
            left.pop()
            continue
        left[-1] -= 1
        size, values = _STEPS.get(content[at]) or _measure_counted(content, at)
        at += size
        if values is not None:
            left.append(values)
        if len(left) > _DEEPEST + 1:
            raise ValueError("values are nested too deep")
    if at > len(content):
        raise IndexError("bytes are missing")
    return at


def _measure_counted(content: bytes | memoryview, at: int) -> tuple[int, int | None]:
    marker = content[at]
    if marker not in _COUNTS:
        raise ValueError(f"no value begins with {marker:#x}")
    size, values = _COUNTS[marker]
    first, after = at + 1, at + 1 + (1 << (marker & 3))
    count = int.from_bytes(content[first:after], "big")
    return after - at + count * size, None if values is None else count * values
