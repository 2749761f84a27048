"""Compares two graphs element by element, each read as a stream of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

import xxhash

from shared.archive.canonical.renderer import Renderer
from shared.archive.digests.node_hashes import HashTable
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.graph import NodeRow, RelationshipRow
from shared.node_keys import KeyForms

_Row = TypeVar("_Row")

_HASH_BYTES: Final = 8
"""Enough to tell a million elements apart, and small in memory."""


class Fingerprints:
    """Gives one graph's elements fingerprints that equal elements of another graph have too.

    A relationship's includes its ends: their keys where they have any, else their content. Rows carry ordinals.
    """

    def __init__(self, forms: KeyForms, limits: ArchiveLimits) -> None:
        self._forms = forms
        self._nodes = Renderer(Sort.NODE, limits)
        self._relationships = Renderer(Sort.EDGE, limits)
        self._identities = HashTable()

    def of_nodes(self, rows: Sequence[NodeRow]) -> list[int]:
        """Take a batch that follows the one before."""
        texts = self._nodes.render_nodes(rows).encoded
        identities = [self._identity(row, text) for row, text in zip(rows, texts, strict=True)]
        if rows:
            self._identities.put(rows[0][0], b"".join(identities))
        return [_short(xxhash.xxh3_128_digest(text)) for text in texts]

    def of_relationships(self, rows: Sequence[RelationshipRow]) -> list[int]:
        """Take a batch whose ends were taken before."""
        texts = self._relationships.render_relationships(rows).encoded
        starts = self._identities.find_all(row[1] for row in rows)
        ends = self._identities.find_all(row[2] for row in rows)
        return [
            _short(xxhash.xxh3_128_digest(start + end + text))
            for start, end, text in zip(starts, ends, texts, strict=True)
        ]

    def _identity(self, row: NodeRow, text: bytes) -> bytes:
        key = self._forms.find(row[1], row[2])
        return xxhash.xxh3_128_digest(text if key is None else repr(key).encode())

    def close(self) -> None:
        """Give the space back."""
        self._identities.close()


def _short(digest: bytes) -> int:
    return int.from_bytes(digest[:_HASH_BYTES])


class Balance:
    """Elements that one graph has and the other does not, by their fingerprints."""

    def __init__(self) -> None:
        self._left: Counter[int] = Counter()

    def add(self, fingerprints: Sequence[int]) -> None:
        """Take elements of the one graph."""
        self._left.update(fingerprints)

    def take_out(self, rows: Sequence[_Row], fingerprints: Sequence[int]) -> Iterator[_Row]:
        """Take elements of the other graph, and give those that have no equal any more."""
        left = self._left
        for row, fingerprint in zip(rows, fingerprints, strict=True):
            if left[fingerprint] > 0:
                left[fingerprint] -= 1
            else:
                yield row

    def take_left(self, rows: Sequence[_Row], fingerprints: Sequence[int]) -> Iterator[_Row]:
        """Take elements of the one graph again, and give those that are left."""
        left = self._left
        for row, fingerprint in zip(rows, fingerprints, strict=True):
            if left[fingerprint] > 0:
                left[fingerprint] -= 1
                yield row
