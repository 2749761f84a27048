"""Counts what an archive holds by layout, at no cost a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from shared.archive.canonical.layout import Layout
from shared.archive.graphml.keys import Key, Sort
from shared.graph import SchemaEntry

_REMEMBERED: Final = 20_000
"""Layouts counted apart before they are folded."""


class Tally:
    """Counts elements, labels, types, properties; the keys of a document are a by-product."""

    def __init__(self) -> None:
        self._pending: Counter[Layout] = Counter()
        self._keys: set[Key] = set()
        self._elements: Counter[Sort] = Counter()
        self._properties = 0
        self._labels: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._stripped: Counter[str] = Counter()
        self._fidelity: Counter[str] = Counter()

    def add(self, layouts: Sequence[Layout]) -> None:
        """Count a batch by the layouts of its rows."""
        self._pending.update(layouts)
        if len(self._pending) > _REMEMBERED:
            self._fold()

    def add_times(self, layout: Layout, count: int) -> None:
        """Count so many elements of a layout."""
        if count:
            self._pending[layout] += count

    def add_elements(self, layout: Layout, count: int) -> None:
        """Count elements with the labels, or the type, of a layout; their properties come apart."""
        self._elements[layout.sort] += count
        names = self._labels if layout.sort is Sort.NODE else self._types
        for name in layout.labels:
            names[name] += count

    def add_properties(self, count: int) -> None:
        """Count the properties of elements counted so."""
        self._properties += count

    def add_values(self, key: Key, count: int, *, is_secured: bool) -> None:
        """Count values of a key, of elements counted by a layout without keys; secured ones were left out."""
        if is_secured and count:
            self._stripped[key.name] += count
        elif count:
            self._count_key(key, count)
            self._properties += count

    def _count_key(self, key: Key, count: int) -> None:
        self._keys.add(key)
        if key.kind.hint is not None:
            self._fidelity[key.kind.hint] += count

    def _fold(self) -> None:
        for layout, count in self._pending.items():
            self._count(layout, count)
        self._pending.clear()

    def _count(self, layout: Layout, count: int) -> None:
        self.add_elements(layout, count)
        self.add_properties(count * len(layout.keys))
        for name in layout.stripped:
            self._stripped[name] += count
        for key in layout.keys:
            self._count_key(key, count)
        if layout.inexact:
            self._fidelity["labels" if layout.sort is Sort.NODE else "label"] += count

    @property
    def keys(self) -> frozenset[Key]:
        """The keys seen."""
        self._fold()
        return frozenset(self._keys)

    @property
    def nodes(self) -> int:
        """The nodes seen."""
        self._fold()
        return self._elements[Sort.NODE]

    @property
    def relationships(self) -> int:
        """The relationships seen."""
        self._fold()
        return self._elements[Sort.EDGE]

    @property
    def properties(self) -> int:
        """The property values of nodes or relationships."""
        self._fold()
        return self._properties

    @property
    def labels(self) -> dict[str, int]:
        """Nodes by label."""
        self._fold()
        return dict(self._labels)

    @property
    def types(self) -> dict[str, int]:
        """Relationships by type."""
        self._fold()
        return dict(self._types)

    @property
    def stripped(self) -> dict[str, int]:
        """Secured values left out, by property key."""
        self._fold()
        return dict(self._stripped)

    @property
    def fidelity(self) -> dict[str, int]:
        """Values that GraphML carries only with our extensions, by encoding."""
        self._fold()
        return dict(self._fidelity)


def own_schema(schema: Sequence[SchemaEntry], label: str, tally: Tally) -> Sequence[SchemaEntry]:
    """Choose the indexes and constraints all of whose labels, types and keys the application of the label has."""
    names, keys = {label, *tally.labels, *tally.types}, {*tally.stripped, *(key.name for key in tally.keys)}
    return [each for each in schema if names.issuperset(each.labels_or_types) and keys.issuperset(each.properties)]
