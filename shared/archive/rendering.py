"""Rows to canonical texts, by templates where all is plain, value by value where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from shared.archive.datatypes import BOOLEAN, FLOAT, INTEGER, KINDS_OF_TYPES, STRING, Kind, kind_of
from shared.archive.keys import Key, Sort
from shared.archive.layout import Layout, make_layout
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name
from shared.archive.xml_text import count_special_bytes, escape_text, has_noncharacters
from shared.errors import UnsupportedValueError
from shared.graph import NodeRow, Properties, RelationshipRow

_REMEMBERED: Final = 20_000
"""Shapes and layouts kept; a graph with more starts anew, so that memory stays bounded."""

_BOOLEAN_TEXTS: Final = {False: "false", True: "true"}
_SPECIAL_FLOATS: Final = frozenset({"nan", "inf", "-inf", "-0.0"})
"""What Python writes for floats that have a kind of their own."""


def nothing_is_secured(_key: str) -> bool:
    """Keep every property key."""
    return False


class _NotPlainError(Exception):
    """A value whose kind its type alone does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shape:
    """How rows with the same labels, keys and types, in the order in which they come, become texts."""

    layout: Layout
    values: Callable[[Properties], tuple[Any, ...]]
    """The values by sorted key: a tuple, or the only value."""
    texts: tuple[tuple[int, Callable[[Any], str]], ...]
    """Columns whose values `%s` alone does not write."""

    def columns(self, properties: Properties) -> tuple[Any, ...]:
        """Return what fills the template. Raises: _NotPlainError."""
        values = self.values(properties)
        columns: list[Any] = list(values) if len(self.layout.keys) > 1 else [values]
        for index, text in self.texts:
            columns[index] = text(columns[index])
        return tuple(columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A batch as canonical texts, in the order of its rows."""

    bodies: Sequence[str]
    layouts: Sequence[Layout]


class Renderer:
    """Writes the canonical text of nodes, or of relationships: what follows an element's id and ends."""

    def __init__(
        self, sort: Sort, limits: ArchiveLimits, *, is_secured: Callable[[str], bool] = nothing_is_secured
    ) -> None:
        self._sort = sort
        self._limits = limits
        self._is_secured = is_secured
        self._shapes: dict[tuple[Any, ...], _Shape | None] = {}
        self._layouts: dict[tuple[Any, ...], Layout] = {}

    def render_nodes(self, rows: Sequence[NodeRow]) -> Rendered:
        """Render nodes. Raises: UnsupportedValueError naming node and key."""
        return self._render([(row[0], tuple(row[1]), row[2]) for row in rows])

    def render_relationships(self, rows: Sequence[RelationshipRow]) -> Rendered:
        """Render relationships. Raises: UnsupportedValueError naming relationship and key."""
        return self._render([(row[0], (row[3],), row[4]) for row in rows])

    def layout_of(self, labels: tuple[str, ...], properties: Properties) -> Layout:
        """Return the layout that an element would have. Raises: UnsupportedValueError."""
        return self._render_exactly(0, labels, properties)[0]

    def _render(self, rows: Sequence[tuple[int, tuple[str, ...], Properties]]) -> Rendered:
        rendered = self._render_plain(rows)
        text = "".join(rendered.bodies)
        encoded = text.encode()
        expected = sum(layout.special_bytes for layout in rendered.layouts)
        if count_special_bytes(encoded) != expected or has_noncharacters(text):
            rendered = self._mend(rows, rendered)
        if len(encoded) > self._limits.token_bytes:
            self._check_sizes(rows, rendered.bodies)
        return rendered

    def _render_plain(self, rows: Sequence[tuple[int, tuple[str, ...], Properties]]) -> Rendered:
        # The hot loop: a lookup by shape, a template filled; everything rare leaves through the exception.
        bodies: list[str] = []
        layouts: list[Layout] = []
        shapes = self._shapes
        for row_id, labels, properties in rows:
            signature = (labels, tuple(properties), tuple(map(type, properties.values())))
            shape = shapes.get(signature)
            if shape is not None:
                try:
                    columns = shape.columns(properties) if shape.texts else shape.values(properties)
                    bodies.append(shape.layout.template % columns)
                    layouts.append(shape.layout)
                    continue
                except _NotPlainError:
                    pass
            self._learn(signature, row_id)
            layout, body = self._render_exactly(row_id, labels, properties)
            bodies.append(body)
            layouts.append(layout)
        return Rendered(bodies=bodies, layouts=layouts)

    def _mend(self, rows: Sequence[tuple[int, tuple[str, ...], Properties]], rendered: Rendered) -> Rendered:
        """Render again, value by value, the rows whose text holds more markup than their layout has."""
        bodies, layouts = list(rendered.bodies), list(rendered.layouts)
        for index, (row_id, labels, properties) in enumerate(rows):
            body = bodies[index]
            if count_special_bytes(body.encode()) != layouts[index].special_bytes or has_noncharacters(body):
                layouts[index], bodies[index] = self._render_exactly(row_id, labels, properties)
        return Rendered(bodies=bodies, layouts=layouts)

    def _learn(self, signature: tuple[Any, ...], row_id: int) -> None:
        if signature in self._shapes:
            return
        if len(self._shapes) >= _REMEMBERED:
            self._shapes.clear()
        labels, names, types = signature
        type_of = dict(zip(names, types, strict=True))
        kept = sorted(name for name in names if not self._is_secured(name))
        kinds = [KINDS_OF_TYPES.get(type_of[name]) for name in kept]
        plain = [kind for kind in kinds if kind is not None]
        if len(plain) < len(kinds):
            self._shapes[signature] = None
            return
        layout = self._layout(row_id, labels, names, kept, plain)
        self._shapes[signature] = _Shape(layout=layout, values=_getter(kept), texts=tuple(_texts(plain)))

    def _layout(
        self, row_id: int, labels: tuple[str, ...], names: Iterable[str], kept: Sequence[str], kinds: Sequence[Kind]
    ) -> Layout:
        stripped = tuple(sorted(set(names).difference(kept)))
        signature = (tuple(sorted(labels)), tuple(kept), tuple(kinds), stripped)
        layout = self._layouts.get(signature)
        if layout is None:
            self._check_names(row_id, labels, kept)
            if len(self._layouts) >= _REMEMBERED:
                self._layouts.clear()
            keys = [Key(self._sort, name, kind) for name, kind in zip(kept, kinds, strict=True)]
            layout = self._layouts[signature] = make_layout(self._sort, signature[0], keys, stripped)
            self._check_size(f"the names of {self._named(row_id)}", layout.template)
        return layout

    def _render_exactly(self, row_id: int, labels: tuple[str, ...], properties: Properties) -> tuple[Layout, str]:
        kept = sorted(name for name in properties if not self._is_secured(name))
        kinds, texts = [], []
        for name in kept:
            try:
                kind = kind_of(properties[name])
                kinds.append(kind)
                texts.append(escape_text(kind.text(properties[name])))
            except ValueError as error:
                raise UnsupportedValueError(f"property {name!r} of {self._named(row_id)}: {error}.") from error
        layout = self._layout(row_id, labels, properties, kept, kinds)
        return layout, layout.template % tuple(texts)

    def _check_names(self, row_id: int, labels: Iterable[str], names: Iterable[str]) -> None:
        try:
            for label in labels:
                check_name("label" if self._sort is Sort.NODE else "relationship type", label, self._limits)
            for name in names:
                check_name("property key", name, self._limits)
        except ValueError as error:
            raise UnsupportedValueError(f"{self._named(row_id)} carries {error}.") from error

    def _check_sizes(self, rows: Sequence[tuple[int, tuple[str, ...], Properties]], bodies: Sequence[str]) -> None:
        for (row_id, _labels, properties), body in zip(rows, bodies, strict=True):
            if len(body.encode()) > self._limits.token_bytes:
                for name in properties:
                    if not self._is_secured(name):
                        value = properties[name]
                        text = escape_text(kind_of(value).text(value))
                        self._check_size(f"property {name!r} of {self._named(row_id)}", text)

    def _check_size(self, what: str, text: str) -> None:
        size, limit = len(text.encode()), self._limits.token_bytes
        if size > limit:
            raise UnsupportedValueError(f"{what} would take {size} bytes; at most {limit} are allowed.")

    def _named(self, row_id: int) -> str:
        return f"{'node' if self._sort is Sort.NODE else 'relationship'} {row_id}"


def _getter(names: Sequence[str]) -> Callable[[Properties], tuple[Any, ...]]:
    return itemgetter(*names) if names else lambda _: ()


def _texts(kinds: Sequence[Kind]) -> Iterable[tuple[int, Callable[[Any], str]]]:
    for index, kind in enumerate(kinds):
        if kind is FLOAT:
            yield index, _plain_float_text
        elif kind is BOOLEAN:
            yield index, _BOOLEAN_TEXTS.__getitem__
        elif kind not in (STRING, INTEGER):
            yield index, kind.text


def _plain_float_text(value: float) -> str:
    text = repr(value)
    if text in _SPECIAL_FLOATS:
        raise _NotPlainError
    return text
