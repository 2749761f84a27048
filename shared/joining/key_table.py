"""Remembers the keyed nodes of an import, so that one that comes again is known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from shared.archive.values.typed_json import typed
from shared.graph import NodeRow, PropertyValue
from shared.node_keys import KeyForm
from shared.packing.mapped_arrays import mapped_integers
from shared.references import NodeKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A node that came before, with the same key."""

    ordinal: int
    """Of the last that has brought it."""
    is_equal: bool


class KeyTable:
    """An open hash table of digests, in mapped files: 96 bytes a node and constraint at the most."""

    def __init__(self, bound: int) -> None:
        size = 1 << max(2 * bound - 1, 1).bit_length()
        self._mask = size - 1
        self._keys = mapped_integers(size, "q", first=0)
        self._contents = mapped_integers(size, "q", first=0)
        self._ordinals = mapped_integers(size, "q", first=0)

    def note(self, form: KeyForm, key: NodeKey, row: NodeRow) -> Seen | None:
        """Remember a node; return what came before it with the same key."""
        values = [_comparable(key.properties[name]) for name in form.properties]
        if any(value != value for value in values):  # noqa: PLR0124 - not a number: equal to nothing
            return None
        wanted = _digest(
            [form.label, form.properties, list(typed(dict(zip(form.properties, values, strict=True))).values())]
        )
        content = _digest([sorted(row[1]), typed(row[2])])
        at = wanted & self._mask
        while self._keys[at] not in (0, wanted):
            at = (at + 1) & self._mask
        is_new, before = not self._keys[at], self._ordinals[at]
        self._ordinals[at] = row[0]
        if is_new:
            self._keys[at], self._contents[at] = wanted, content
            return None
        return Seen(ordinal=before, is_equal=self._contents[at] == content)


def _comparable(value: PropertyValue) -> PropertyValue:
    """Return whole numbers as integers: to constraints 1 and 1.0 are the same, alone and in lists."""
    if isinstance(value, list):
        whole = [each for each in map(_whole, value) if each is not None]
        return list(whole) if len(whole) == len(value) else value
    return value if (number := _whole(value)) is None else number


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**63 else None


def _digest(value: Sequence[object]) -> int:
    """Return a number above 0."""
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) >> 1 or 1
