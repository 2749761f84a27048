"""Chooses a character that no value, label or type of an export contains."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import chain
from typing import Final

from shared.errors import UnsupportedValueError

FIRST_CHOICE: Final = "\x1f"
"""ASCII's unit separator, made for this, in nobody's text."""
_CODE_POINTS: Final = (
    range(0x1F, 0x1B, -1),  # the separators of ASCII
    range(0xE000, 0xF900),  # for private use
    range(0xA1, 0xD800),  # all others that are one UTF-16 unit, but ASCII: numbers or names of types need that
    range(0xF900, 0xFFF0),
)


def choose_array_delimiter(taken: Container[str]) -> str:
    """Return the first character that is not taken. Raises: UnsupportedValueError."""
    for candidate in _candidates():
        if candidate not in taken:
            return candidate
    raise UnsupportedValueError(
        "The export holds every character that could part the elements of its lists; export it as an archive instead."
    )


def _candidates() -> Iterator[str]:
    return map(chr, chain.from_iterable(_CODE_POINTS))
