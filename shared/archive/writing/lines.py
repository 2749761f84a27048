"""Elements as a document's lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_NODE: Final = b'<node id="n%d"%b'
_EDGE: Final = b'<edge id="e%d" source="n%d" target="n%d"%b'


def node_lines(first: int, texts: Sequence[bytes]) -> bytes:
    """Write nodes with ordinals from `first` on, by their canonical texts."""
    return b"".join([_NODE % line for line in enumerate(texts, first)])


def edge_lines(first: int, starts: Sequence[int], ends: Sequence[int], texts: Sequence[bytes]) -> bytes:
    """Write relationships numbered from `first` on, by the ordinals of their ends, their canonical texts."""
    numbers = range(first, first + len(texts))
    return b"".join([_EDGE % line for line in zip(numbers, starts, ends, texts, strict=True)])
