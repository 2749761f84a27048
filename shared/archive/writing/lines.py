"""Elements as a document's lines, a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

_NODE: Final = b'<node id="n%d"%b'
_EDGE: Final = b'<edge id="e%d" source="n%d" target="n%d"%b'


def node_lines(first: int, texts: Sequence[bytes]) -> bytes:
    """Write nodes with ordinals from `first` on, by their canonical texts."""
    return _fill(_NODE, len(texts), range(first, first + len(texts)), texts)


def edge_lines(first: int, starts: Sequence[int], ends: Sequence[int], texts: Sequence[bytes]) -> bytes:
    """Write relationships numbered from `first` on, by the ordinals of their ends, their canonical texts."""
    return _fill(_EDGE, len(texts), range(first, first + len(texts)), starts, ends, texts)


def _fill(template: bytes, count: int, *columns: Sequence[Any]) -> bytes:
    # One formatting for all lines costs half of one for each.
    values: list[Any] = [None] * (count * len(columns))
    for index, column in enumerate(columns):
        values[index :: len(columns)] = column
    return (template * count) % tuple(values)
