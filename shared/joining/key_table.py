"""Remembers the keyed nodes of an import, so that one that another application brings again is known."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from shared.archive.values.typed_json import typed
from shared.graph import NodeRow
from shared.mapped_arrays import mapped_integers
from shared.node_keys import KeyForm
from shared.references import NodeKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A node that came before, with the same key."""

    application: int
    """The place of the last application that has brought it."""
    is_equal: bool


class KeyTable:
    """An open hash table of digests, in mapped files: 40 bytes a node and constraint at the most."""

    def __init__(self, bound: int) -> None:
        size = 1 << max(2 * bound - 1, 1).bit_length()
        self._mask = size - 1
        self._keys = mapped_integers(size, "q")
        self._contents = mapped_integers(size, "q")
        self._applications = mapped_integers(size, "i")

    def note(self, form: KeyForm, key: NodeKey, row: NodeRow, application: int) -> Seen | None:
        """Remember a node; return what came before it with the same key."""
        wanted = _digest([form.label, form.properties, [typed(key.properties)[name] for name in form.properties]])
        content = _digest([sorted(row[1]), typed(row[2])])
        at = wanted & self._mask
        while self._keys[at] not in (-1, wanted):
            at = (at + 1) & self._mask
        is_new, before = self._keys[at] == -1, self._applications[at]
        self._applications[at] = application
        if is_new:
            self._keys[at], self._contents[at] = wanted, content
            return None
        return Seen(application=before, is_equal=self._contents[at] == content)


def _digest(value: Sequence[object]) -> int:
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) >> 1
