"""Finds rows of a batch that are alike, to write them all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from shared.archive.canonical.columns import ColumnText, column_text
from shared.archive.canonical.layout import Layout
from shared.archive.values.xml_text import escape_text
from shared.graph import Properties

Signature = tuple[tuple[str, ...], tuple[str, ...], tuple[type, ...]]
"""Labels, property keys, types of the values: each in the order in which a row has them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """How rows of one layout become texts."""

    layout: Layout
    values: Callable[[Properties], Any]
    """The values by sorted key: a tuple, or the only value."""
    texts: tuple[tuple[int, ColumnText], ...]
    """Columns whose values `%s` alone does not write."""

    def write(self, rows: Iterable[Properties], *, escaped: bool = False) -> list[str]:
        """Fill the template for each row, with markup in values or escaped. Raises: NotPlainError, ValueError."""
        fill = self.layout.template.__mod__
        values: Iterable[Any] = map(self.values, rows)
        if not (self.texts or escaped) or not self.layout.keys:
            return list(map(fill, values))
        if len(self.layout.keys) == 1:
            values = zip(values, strict=True)
        columns: list[Any] = list(zip(*values, strict=True))
        for index, text in self.texts:
            columns[index] = text(columns[index])
        if escaped:
            columns = [map(escape_text, map(str, column)) for column in columns]
        return list(map(fill, zip(*columns, strict=True)))


def make_shape(layout: Layout) -> Shape:
    """Return how to write a layout."""
    names = [key.name for key in layout.keys]
    texts = [(index, column_text(key.kind)) for index, key in enumerate(layout.keys)]
    return Shape(
        layout=layout,
        values=itemgetter(*names) if names else lambda _: (),
        texts=tuple((index, text) for index, text in texts if text is not None),
    )


@dataclass(slots=True)
class Batch:
    """Rows on their way to texts."""

    ids: Sequence[int]
    labels: Sequence[tuple[str, ...]]
    properties: Sequence[Properties]
    bodies: list[Any] = field(init=False)
    layouts: list[Any] = field(init=False)
    """Both hold None where nothing was put yet."""

    def __post_init__(self) -> None:
        self.bodies = [None] * len(self.ids)
        self.layouts = [None] * len(self.ids)

    def alike(self) -> Mapping[Signature, list[int]]:
        """Return the places of the rows of each signature."""
        places: defaultdict[Signature, list[int]] = defaultdict(list)
        types = [tuple(map(type, each.values())) for each in self.properties]
        for place, signature in enumerate(zip(self.labels, map(tuple, self.properties), types, strict=True)):
            places[signature].append(place)
        return places

    def put(self, places: Sequence[int], layout: Layout, bodies: Sequence[str]) -> None:
        """Keep the texts of rows of one layout."""
        for place, body in zip(places, bodies, strict=True):
            self.bodies[place] = body
            self.layouts[place] = layout
