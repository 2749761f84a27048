"""Fingerprints of a graph, the same for every order of its batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from mmap import mmap
from typing import Final

import xxhash

from shared.archive.canonical.renderer import Renderer, nothing_is_secured
from shared.archive.digests.node_hashes import HashTable
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.graph import NodeRow, RelationshipRow

_MODULUS: Final = 2**128

_GEOGRAPHIC: Final = (b"SRID=4326", b"SRID=4979")
"""How points with a longitude begin."""
_MINUS: Final = b";POINT(-0.0 "
_PLUS: Final = b";POINT(0.0 "
UNSTEADY: Final = _MINUS
"""Text that holds this may be hashed as another text by an OrdinalDigest."""


def node_text(ordinal: int, body: bytes) -> bytes:
    """Return what OrdinalDigest hashes of a node: its line in a document from the number on."""
    return b'%d"%b' % (ordinal, body)


def relationship_text(start: int, end: int, body: bytes) -> bytes:
    """Return what OrdinalDigest hashes of a relationship: its line in a document from the start's number on."""
    return b'%d" target="n%d"%b' % (start, end, body)


class GraphDigest:
    """The manifest's digest: independent of ids and order, blind to a relationship moved between equal nodes.

    Rows carry ordinals. All nodes come before the first relationship.
    """

    def __init__(
        self, limits: ArchiveLimits | None = None, *, is_secured: Callable[[str], bool] = nothing_is_secured
    ) -> None:
        self._nodes = Renderer(Sort.NODE, limits or ArchiveLimits(), is_secured=is_secured)
        self._relationships = Renderer(Sort.EDGE, limits or ArchiveLimits(), is_secured=is_secured)
        self._hashes = HashTable()
        self._total = 0

    def add_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Add a batch. Raises: UnsupportedValueError."""
        self.add_node_bodies([row[0] for row in rows], self._nodes.render_nodes(rows).encoded)

    def add_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Add a batch whose ends were added before. Raises: UnsupportedValueError."""
        texts = self._relationships.render_relationships(rows).encoded
        self.add_relationship_bodies([row[1] for row in rows], [row[2] for row in rows], texts)

    def add_node_bodies(self, ordinals: Sequence[int], texts: Sequence[bytes]) -> None:
        """Add nodes by their encoded canonical texts."""
        hashes = list(map(xxhash.xxh3_128_digest, texts))
        self._total += sum(map(int.from_bytes, hashes))
        if _is_contiguous(ordinals):
            self._hashes.put(ordinals[0], b"".join(hashes))
        else:
            for ordinal, each in zip(ordinals, hashes, strict=True):
                self._hashes.put(ordinal, each)

    def add_relationship_bodies(self, starts: Iterable[int], ends: Iterable[int], texts: Sequence[bytes]) -> None:
        """Add relationships by the ordinals of their ends, with their encoded canonical texts."""
        pieces = zip(self._hashes.find_all(starts), self._hashes.find_all(ends), texts, strict=True)
        self._total += sum(map(xxhash.xxh3_128_intdigest, map(b"".join, pieces)))

    def hold(self, nodes: int) -> mmap:
        """Return the table of node hashes, with room for those of so many; good until more are asked for."""
        return self._hashes.hold(nodes)

    def add_total(self, total: int) -> None:
        """Add the sum of the hashes of elements that were hashed elsewhere; those of nodes are in the table."""
        self._total += total

    def hexdigest(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{self._total % _MODULUS:032x}"

    def close(self) -> None:
        """Give the space of the node hashes back."""
        self._hashes.close()


class OrdinalDigest:
    """A digest that knows which node is which: it sees a relationship moved between equal nodes.

    Rows carry ordinals; a relationship's own id does not matter. Nor does the sign of a longitude of zero: some servers
    hold -0.0 as 0.0.
    """

    def __init__(self, limits: ArchiveLimits | None = None) -> None:
        self._nodes = Renderer(Sort.NODE, limits or ArchiveLimits())
        self._relationships = Renderer(Sort.EDGE, limits or ArchiveLimits())
        self._total = 0

    def add_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Add a batch. Raises: UnsupportedValueError."""
        bodies = self._nodes.render_nodes(rows).encoded
        self.add_texts(node_text(row[0], body) for row, body in zip(rows, bodies, strict=True))

    def add_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Add a batch. Raises: UnsupportedValueError."""
        bodies = self._relationships.render_relationships(rows).encoded
        self.add_texts(relationship_text(row[1], row[2], body) for row, body in zip(rows, bodies, strict=True))

    def add_texts(self, texts: Iterable[bytes]) -> None:
        """Add elements by what node_text or relationship_text give for them."""
        self._total += sum(map(xxhash.xxh3_128_intdigest, map(_without_minus, texts)))

    def add_total(self, total: int) -> None:
        """Add the sum of the hashes of texts that were hashed elsewhere; none of them is UNSTEADY."""
        self._total += total

    def hexdigest(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{self._total % _MODULUS:032x}"


def _without_minus(text: bytes) -> bytes:
    """Give longitudes of -0.0 as 0.0."""
    if _MINUS not in text:
        return text
    for start in _GEOGRAPHIC:
        text = text.replace(start + _MINUS, start + _PLUS)
    return text


def _is_contiguous(ordinals: Sequence[int]) -> bool:
    return bool(ordinals) and (
        isinstance(ordinals, range) or list(ordinals) == list(range(ordinals[0], ordinals[0] + len(ordinals)))
    )
