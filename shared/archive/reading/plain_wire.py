"""Packs rows as Bolt would, for whoever reads them here; what is more than lists, maps and texts goes as its text."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from shared.archive.values.value_kinds import KINDS, kind_of
from shared.packing.elements import Wire

_SMALL: Final = 16
"""Sizes that stand in the marker itself."""
_SIZES: Final = tuple(map(struct.Struct, (">B", ">H", ">I")))


class _Reading:
    """Content, and how far it is read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        self._at += size
        return self._content[self._at - size : self._at]

    def read(self) -> Any:
        """Return the next value."""
        how, number = _MARKERS[self._content[self._at]]
        self._at += 1
        if isinstance(number, struct.Struct):
            (number,) = number.unpack(self.take(number.size))
        return how(self, number)


_How: TypeAlias = Callable[[_Reading, Any], Any]


def _text(reading: _Reading, size: int) -> str:
    return reading.take(size).decode()


def _list(reading: _Reading, size: int) -> list[Any]:
    return [reading.read() for _ in range(size)]


def _map(reading: _Reading, size: int) -> dict[str, Any]:
    return {reading.read(): reading.read() for _ in range(size)}


def _other(reading: _Reading, size: int) -> Any:
    code, _, text = _text(reading, size).partition(" ")
    return KINDS[code].parse(text)


def _itself(_: _Reading, value: Any) -> Any:
    return value


_SIZED: Final[Mapping[_How, tuple[int | None, int]]] = {
    _text: (0x80, 0xD0),
    _list: (0x90, 0xD4),
    _map: (0xA0, 0xD8),
    _other: (None, 0xCC),
}
"""The first of the markers that hold a small size, and of the three that a size of 1, 2 or 4 bytes follows."""

_MARKERS: Final[Mapping[int, tuple[_How, Any]]] = {
    **{marker: (_itself, marker) for marker in range(0x80)},
    **{marker: (_itself, marker - 0x100) for marker in range(0xF0, 0x100)},
    0xC2: (_itself, False),
    0xC3: (_itself, True),
    **{
        marker: (_itself, struct.Struct(form))
        for marker, form in ((0xC1, ">d"), (0xC8, ">b"), (0xC9, ">h"), (0xCA, ">i"), (0xCB, ">q"))
    },
    **{small + size: (how, size) for how, (small, _) in _SIZED.items() if small is not None for size in range(_SMALL)},
    **{wide + width: (how, size) for how, (_, wide) in _SIZED.items() for width, size in enumerate(_SIZES)},
}
"""By the first byte of a value: what makes it of a number, and the number, or how it follows."""


def _pack(value: Any) -> bytes:
    """Raises: ValueError for what no archive can carry."""
    match value:
        case str():
            content = value.encode()
            return _sized(_text, len(content), content)
        case list():
            return _sized(_list, len(value), b"".join(map(_pack, value)))
        case dict():
            return _sized(_map, len(value), b"".join(_pack(part) for pair in value.items() for part in pair))
        case _:
            kind = kind_of(value)
            content = f"{kind.code} {kind.text(value)}".encode()
            return _sized(_other, len(content), content)


def _sized(how: _How, size: int, content: bytes) -> bytes:
    small, wide = _SIZED[how]
    if small is not None and size < _SMALL:
        return bytes([small + size]) + content
    width = next(width for width, form in enumerate(_SIZES) if size < 256**form.size)
    return bytes([wide + width]) + _SIZES[width].pack(size) + content


def _unpack(content: bytes) -> Any:
    """Read what the codec wrote, and `_pack`."""
    return _Reading(content).read()


PLAIN_WIRE: Final = Wire(pack=_pack, unpack=_unpack)
