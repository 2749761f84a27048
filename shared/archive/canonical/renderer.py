"""Renders rows to canonical texts: the way that the compiled codec is tested against, and that knows the format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from shared.archive.canonical.layout import Layout, make_layout
from shared.archive.graphml.keys import Key, Sort
from shared.archive.limits import ArchiveLimits, Setting
from shared.archive.names import check_label_count, check_name, check_values_size
from shared.archive.values.value_kinds import Kind, kind_of
from shared.archive.values.xml_text import count_bytes, escape_text
from shared.errors import UnsupportedValueError
from shared.graph import NodeRow, Properties, RelationshipRow

_REMEMBERED: Final = 20_000
"""Layouts kept; a graph with more starts anew, so that memory stays bounded."""

_Element: TypeAlias = tuple[int, tuple[str, ...], Properties]
"""An id, the labels or the type, the properties."""


def nothing_is_secured(_key: str) -> bool:
    """Keep every property key."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A batch as canonical texts, in the order of its rows."""

    encoded: Sequence[bytes]
    """In UTF-8."""
    layouts: Sequence[Layout]


class Renderer:
    """Writes the canonical text of nodes, or of relationships: what follows an element's id and ends."""

    def __init__(
        self, sort: Sort, limits: ArchiveLimits, *, is_secured: Callable[[str], bool] = nothing_is_secured
    ) -> None:
        self._sort = sort
        self._limits = limits
        self._is_secured = is_secured
        self._kept: dict[tuple[str, ...], Sequence[str]] = {}
        self._layouts: dict[tuple[Any, ...], Layout] = {}

    def render_nodes(self, rows: Sequence[NodeRow]) -> Rendered:
        """Render nodes. Raises: UnsupportedValueError naming node and key."""
        return self._render([(row[0], tuple(row[1]), row[2]) for row in rows])

    def render_relationships(self, rows: Sequence[RelationshipRow]) -> Rendered:
        """Render relationships. Raises: UnsupportedValueError naming relationship and key."""
        return self._render([(row[0], (row[3],), row[4]) for row in rows])

    def layout_of(self, labels: tuple[str, ...], properties: Properties) -> Layout:
        """Return the layout that an element would have. Raises: UnsupportedValueError."""
        return self._layout_of(0, labels, properties)

    def _render(self, elements: Sequence[_Element]) -> Rendered:
        layouts = [self._layout_of(*element) for element in elements]
        encoded = [
            self._text_of(layout, row_id, properties).encode()
            for layout, (row_id, _, properties) in zip(layouts, elements, strict=True)
        ]
        if sum(map(len, encoded)) > self._limits.token_bytes:
            self._check_sizes(elements, encoded)
        return Rendered(encoded=encoded, layouts=layouts)

    def _text_of(self, layout: Layout, row_id: int, properties: Properties) -> str:
        texts: list[str] = []
        try:
            texts.extend(escape_text(key.kind.text(properties[key.name])) for key in layout.keys)
        except ValueError as error:
            raise self._unsupported(row_id, layout.keys[len(texts)].name, error) from error
        return layout.template % tuple(texts)

    def _layout_of(self, row_id: int, labels: tuple[str, ...], properties: Properties) -> Layout:
        kept = self._kept_of(tuple(properties))
        kinds = self._kinds_of(row_id, properties, kept)
        signature = (labels, tuple(properties), kinds)
        layout = self._layouts.get(signature)
        if layout is None:
            self._check_names(row_id, labels, kept)
            keys = [Key(self._sort, name, kind) for name, kind in zip(kept, kinds, strict=True)]
            layout = make_layout(self._sort, sorted(labels), keys, sorted(set(properties).difference(kept)))
            self._check_size(f"the names of {self._named(row_id)}", layout.template)
            _make_room(self._layouts)
            self._layouts[signature] = layout
        return layout

    def _kept_of(self, names: tuple[str, ...]) -> Sequence[str]:
        """Return those of the keys that are written, in their order."""
        if names not in self._kept:
            _make_room(self._kept)
            self._kept[names] = sorted(name for name in names if not self._is_secured(name))
        return self._kept[names]

    def _kinds_of(self, row_id: int, properties: Properties, names: Sequence[str]) -> tuple[Kind, ...]:
        kinds: list[Kind] = []
        try:
            kinds.extend(kind_of(properties[name]) for name in names)
        except ValueError as error:
            raise self._unsupported(row_id, names[len(kinds)], error) from error
        return tuple(kinds)

    def _unsupported(self, row_id: int, name: str, error: ValueError) -> UnsupportedValueError:
        return UnsupportedValueError(f"property {name!r} of {self._named(row_id)}: {error}.")

    def _check_names(self, row_id: int, labels: Collection[str], names: Iterable[str]) -> None:
        try:
            check_label_count(len(labels), self._limits)
            for label in labels:
                check_name("label" if self._sort is Sort.NODE else "relationship type", label, self._limits)
            for name in names:
                check_name("property key", name, self._limits)
        except ValueError as error:
            raise UnsupportedValueError(f"{self._named(row_id)} carries {error}.") from error

    def _check_sizes(self, elements: Sequence[_Element], encoded: Sequence[bytes]) -> None:
        for (row_id, _, properties), text in zip(elements, encoded, strict=True):
            if len(text) > self._limits.token_bytes:
                self._check_values(row_id, properties)

    def _check_values(self, row_id: int, properties: Properties) -> None:
        size = 0
        for name, value in properties.items():
            if not self._is_secured(name):
                value_text = escape_text(kind_of(value).text(value))
                size += self._check_size(f"property {name!r} of {self._named(row_id)}", value_text)
        try:
            check_values_size(size, self._limits)
        except ValueError as error:
            raise UnsupportedValueError(f"{self._named(row_id)} has {error}.") from error

    def _check_size(self, what: str, text: str) -> int:
        size, limit = count_bytes(text), self._limits.token_bytes
        if size > limit:
            raise UnsupportedValueError(
                f"{what} would take {size} bytes; at most {limit} are allowed ({Setting.VALUE_BYTES})."
            )
        return size

    def _named(self, row_id: int) -> str:
        return f"{'node' if self._sort is Sort.NODE else 'relationship'} {row_id}"


def _make_room(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= _REMEMBERED:
        remembered.clear()
