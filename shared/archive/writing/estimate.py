"""A lower bound of an archive's size, from a sample of its elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from isal import isal_zlib

from shared.archive.canonical.renderer import Renderer
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.graph import GraphSample

SAMPLE_ROWS: Final = 200
"""Elements of each sort that are worth reading: their text fills deflate's window of 32 kB."""
_CAUTION: Final = 2
"""How many times smaller the elements outside the sample may deflate."""


def estimate_bytes(sample: GraphSample, limits: ArchiveLimits) -> int:
    """Return how many bytes an application takes at least, supposing that no element is smaller than the sampled ones.

    Raises: UnsupportedValueError for a value that no archive can carry.
    """
    node_bodies = Renderer(Sort.NODE, limits).render_nodes(sample.nodes).encoded
    relationship_bodies = Renderer(Sort.EDGE, limits).render_relationships(sample.relationships).encoded
    counts = sample.counts
    return _least_bytes(counts.nodes, node_bodies) + _least_bytes(counts.relationships, relationship_bodies)


def _least_bytes(count: int, bodies: Sequence[bytes]) -> int:
    if not bodies:
        return 0
    text = b"".join(bodies)
    smallest = min(len(body) for body in bodies)
    return count * smallest * len(isal_zlib.compress(text, 1)) // len(text) // _CAUTION
